var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var GRID={stroke:"#e3e\
8ec"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;var lineOf=(role,width=2)=>({
stroke:colorOf(role),"stroke-dasharray":`var(--${role}-dashes)`,"stroke-width":width});var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var linspace=(low,high,count)=>Array.from({length:count},(_,i)=>low+(high-low)*i/(count-1));var eased=(start,goal,t)=>t>=1?goal:start+t*t*(3-2*t)*(goal-start);function finite(name,value){if(typeof value==="number"&&Number.isFinite(value))return value;throw new Error(`${name} mus\
t be a finite number, and is ${value}`)}function whole(name,value,low,high){if(Number.isInteger(value)&&value>=low&&value<=
high)return value;throw new Error(`${name} must be a whole number from ${low} to ${high}, and is ${value}`)}var written=(value,digits=2)=>{const text=value.toFixed(digits);return(Number(text)===0?text.replace("-",""):text).replace(
"-","−")};var signed=value=>(value<0?"":"+")+written(value);var calm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var addControls=root=>add(root,"div",{className:"con\
trols"});function slider(controls,{label,low,high,step,onInput,words=value=>written(value),spoken=words}){const id=uniqueId(
"slider");add(controls,"label",{htmlFor:id},label);const input=add(controls,"input",{type:"range",id,min:String(low),max:String(
high),step:String(step)});const output=add(controls,"output",{htmlFor:id});input.addEventListener("input",()=>onInput(Number(
input.value)));return value=>{input.value=String(value);output.textContent=words(value);input.setAttribute("aria-valuete\
xt",spoken(value))}}function addButton(root,words,act){const button=add(root,"button",{type:"button"},words);button.addEventListener("click",
act);return button}function onDrag(svg,move){svg.addEventListener("pointerdown",event=>{const handle=event.target.closest(
".handle");if(!handle)return;event.preventDefault();svg.setPointerCapture(event.pointerId);const follow=next=>move(handle.
getAttribute("data-handle")??"",next);const stop=()=>svg.removeEventListener("pointermove",follow);svg.addEventListener(
"pointermove",follow);svg.addEventListener("pointerup",stop,{once:true});svg.addEventListener("pointercancel",stop,{once:true})})}
function glide(from,goals,change){if(calm())return change(goals);const begin=performance.now();const starts={...from};const step=now2=>{
const t=Math.max(0,(now2-begin)/330);change(Object.fromEntries(Object.entries(goals).map(([name,goal])=>[name,eased(starts[name],
goal,t)])));if(t<1)requestAnimationFrame(step)};requestAnimationFrame(step)}function addImage(parent,[height,width],name=""){const canvas=add(parent,"canvas",{height,width,className:"image"});if(name)
canvas.setAttribute("role","img");canvas.setAttribute(name?"aria-label":"aria-hidden",name||"true");return canvas}function paint(canvas,values){
const context=canvas.getContext("2d");if(!context)throw new Error("this browser draws no images");const picture=context.
createImageData(canvas.width,canvas.height);values.forEach((value,i)=>{picture.data.fill(Math.round(255*(1-value)),4*i,4*
i+3);picture.data[4*i+3]=255});context.putImageData(picture,0,0)}var explorableOf=figure=>({render:context=>mount(context,figure)});function mount({model,el},{handles,hint,build:build2}){
const root=add(el,"div",{className:"explorable"});for(const[name,color]of Object.entries(model.get("_colors")))root.style.
setProperty(`--${name}`,color);for(const[name,dashes]of Object.entries(model.get("_dashes")))root.style.setProperty(`--${name}\
-dashes`,dashes);add(root,"p",{},hint);const state=()=>Object.fromEntries(handles.map(name=>[name,finite(name,model.get(
name))]));const change=changes=>{for(const[name,value]of Object.entries(changes))model.set(name,value);model.save_changes()};
const broken=error=>{root.replaceChildren();add(root,"p",{className:"broken"},`This figure cannot be drawn: ${error instanceof
Error?error.message:error}`)};try{const go=goals=>glide(state(),goals,change);const{redraw,describe}=build2({root,data:model.
get("_data"),change,glide:go});const say=speaker(add(root,"p",{className:"said",role:"status"}));let waiting=0;const update=()=>{
waiting=0;try{redraw(state());say(describe())}catch(error){broken(error)}};const soon2=()=>{if(!waiting)waiting=requestAnimationFrame(
update)};for(const name of handles)model.on(`change:${name}`,soon2);const sizes=new ResizeObserver(soon2);sizes.observe(
root);update();return()=>sizes.disconnect()}catch(error){broken(error);return()=>{}}}function speaker(line){let speaking=0;
return words=>{clearTimeout(speaking);const say=()=>{line.textContent=words};if(line.textContent)speaking=setTimeout(say,
150);else say()}}function showInPage(explorable2,key,state){const listeners={};const model={get:name=>state[name],set(name,value){
if(state[name]===value)return;state[name]=value;for(const listener of listeners[`change:${name}`]??[])listener()},save_changes(){},
on(event,listener){listeners[event]=[...listeners[event]??[],listener]}};const place=document.querySelector(`[data-explo\
rable="${key}"]:not([data-ready])`);if(!(place instanceof HTMLElement))throw new Error(`no place in the page is named ${key}`);
place.dataset.ready="";place.replaceChildren();explorable2.render({model,el:place})}var ALPHABET="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";var PLACES=new Map([...ALPHABET].map((letter,place)=>[
letter,place]));function unpack(text,low,high,digits=2){const numbers=new Float64Array(text.length/digits);for(let i=0;i<
numbers.length;i++){let place=0;for(let k=0;k<digits;k++)place=64*place+(PLACES.get(text[i*digits+k])??NaN);numbers[i]=low+
(high-low)*place/(64**digits-1)}return numbers}var Plot=class{constructor(parent,{height,xlim,ylim,margin=[8,8,36,8],label}){this.frame=parent;this.svg=draw(parent,"sv\
g",{role:"img","aria-label":label});this.width=0;this.height=height;this.xlim=xlim;this.ylim=ylim;this.margin=margin}clear(){
this.resize(Math.max(240,this.frame.clientWidth-26),this.height)}resize(width,height){this.width=width;this.height=height;
this.svg.setAttribute("viewBox",`0 0 ${width} ${height}`);this.svg.setAttribute("height",String(height));this.svg.replaceChildren()}x(value){
const[,right,,left]=this.margin;return left+(value-this.xlim[0])/(this.xlim[1]-this.xlim[0])*(this.width-left-right)}y(value){
const[top,,bottom]=this.margin;const share=(value-this.ylim[0])/(this.ylim[1]-this.ylim[0]);return this.height-bottom-share*
(this.height-top-bottom)}valueX(event){const box=this.svg.getBoundingClientRect();const[,right,,left]=this.margin;const share=((event.
clientX-box.left)*(this.width/box.width)-left)/(this.width-left-right);return this.xlim[0]+share*(this.xlim[1]-this.xlim[0])}pixelY(event){
const box=this.svg.getBoundingClientRect();return(event.clientY-box.top)*(this.height/box.height)}valueY(event){const[top,
,bottom]=this.margin;const share=(this.height-bottom-this.pixelY(event))/(this.height-top-bottom);return this.ylim[0]+share*
(this.ylim[1]-this.ylim[0])}point(x,y){return`${this.x(x).toFixed(1)},${this.y(y).toFixed(1)}`}path(xs,ys){return`M${xs.
map((x,i)=>this.point(x,ys[i])).join("L")}`}line(xs,ys,attributes){return draw(this.svg,"path",{d:this.path(xs,ys),fill:"\
none",...attributes})}area(xs,ys,attributes){const base=this.y(0).toFixed(1);const[first,last]=[xs[0],xs[xs.length-1]].map(
x=>this.x(x).toFixed(1));const d=`${this.path(xs,ys)}L${last},${base}L${first},${base}Z`;return draw(this.svg,"path",{d,
stroke:"none",...attributes})}upright(x,top,bottom,attributes=REFERENCE){return draw(this.svg,"line",{x1:x,x2:x,y1:top,y2:bottom,
...attributes})}level(y,attributes={stroke:AXIS},left=this.margin[3],right=this.width-this.margin[1]){return draw(this.svg,
"line",{x1:left,x2:right,y1:y,y2:y,...attributes})}text(x,y,words,attributes={}){return draw(this.svg,"text",{x,y,...attributes},
words)}foot(ticks,name){const y=this.height-this.margin[2];this.level(y);for(const tick of ticks){this.upright(this.x(tick),
y,y+4,{stroke:AXIS});this.text(this.x(tick),y+17,written(tick,0),{"text-anchor":"middle",...MUTED})}this.text(this.width-
this.margin[1],y+33,name,{"text-anchor":"end",...MUTED})}handle(name,cx,cy,color=INK){const group=draw(this.svg,"g",{class:"\
handle","data-handle":name});draw(group,"circle",{cx,cy,r:22,fill:"transparent"});draw(group,"circle",{cx,cy,r:8,fill:"#\
fff",stroke:color,"stroke-width":3});return group}handleInside(name,cx,cy,color){return this.handle(name,clamp(cx,10,this.
width-10),Math.max(cy,12),color)}legend(entries){entries.forEach(([words,line],i)=>{this.level(12+18*i,line,6,36);this.text(
42,16+18*i,words)})}bars(bars,{first,step,height,reference,from,to,look={}}){const at=value=>this.x(clamp(value,...this.
xlim));const rise=Math.floor(height/4);bars.forEach(({parts,beyond},row)=>{const y=first+step*row;for(const[start,end,attributes]of parts){
const[x,width]=[at(start),at(end)-at(start)];if(width>.2)draw(this.svg,"rect",{x,y,width,height,stroke:"#333","stroke-wi\
dth":.6,...attributes})}if(beyond)this.text(at(-Infinity)+4,y+height-rise,beyond,look)});this.upright(at(reference),from,
to);bars.forEach(({title},row)=>{this.text(at(-Infinity),first+step*row-rise,title,HALO)})}stripes(role){const id=uniqueId(
"stripes");const size={width:7,height:7};const placed={patternUnits:"userSpaceOnUse",patternTransform:"rotate(45)"};const pattern=draw(
draw(this.svg,"defs"),"pattern",{id,...size,...placed});draw(pattern,"rect",{...size,fill:"#fff"});draw(pattern,"rect",{
...size,width:3.5,fill:colorOf(role)});return`url(#${id})`}};var TURNS=linspace(0,2*Math.PI,65);var Plane=class extends Plot{constructor(parent,{limit,label}){const frame=add(parent,
"div",{className:"plane"});super(frame,{height:0,xlim:[-limit,limit],ylim:[-limit,limit],margin:[8,8,36,26],label});this.
limit=limit}clear(){const[top,right,bottom,left]=this.margin;const width=Math.max(200,this.frame.clientWidth);this.resize(
width,width-left-right+top+bottom);this.axes()}axes(){const[top,,,left]=this.margin;const step=this.limit>5?2:1;const count=Math.
floor(this.limit/step);const ticks=Array.from({length:2*count+1},(_,i)=>(i-count)*step);this.foot(ticks,"z₁");this.upright(
left,top,this.y(-this.limit),{stroke:AXIS});for(const tick of ticks){this.level(this.y(tick),{stroke:AXIS},left-4,left);
if(tick>this.limit-.4*step)continue;this.text(left-7,this.y(tick)+4,written(tick,0),{"text-anchor":"end",...MUTED})}this.
text(2,top+10,"z₂",MUTED)}prior(){this.gaussian([0,0],[1,0,0,1],lineOf("prior",2.5))}gaussian(loc,[a,b,c,d],attributes){
for(const times of[1,2]){const xs=TURNS.map(t=>loc[0]+times*(a*Math.cos(t)+b*Math.sin(t)));const ys=TURNS.map(t=>loc[1]+
times*(c*Math.cos(t)+d*Math.sin(t)));this.line(xs,ys,attributes)}}codes(points,names=[]){const group=draw(this.svg,"g",{
class:"codes"});let dots="";for(let i=0;2*i<points.length;i++){const[x,y]=[this.x(points[2*i]).toFixed(1),this.y(points[2*
i+1]).toFixed(1)];if(names.length)draw(group,"text",{x,y},names[i]);else dots+=`M${x},${y}h0`}if(dots)draw(group,"path",
{d:dots})}outlines(lines){const closed=lines.map(text=>{const points=[...unpack(text,-this.limit,this.limit)];const even=(_,i)=>i%
2===0;const odd=(_,i)=>i%2===1;return`${this.path(points.filter(even),points.filter(odd))}Z`});return closed.join("")}title(...lines){
lines.forEach((words,i)=>{this.text(this.margin[3]+8,20+18*i,words,HALO)})}};function addLegend(parent,entries){const legend=add(
parent,"p",{className:"legend"});for(const[words,look]of entries){const entry=add(legend,"span");const svg=draw(entry,"s\
vg",{viewBox:"0 0 26 14",width:26,height:14,"aria-hidden":"true"});if(typeof look==="function")look(svg);else draw(svg,"\
line",{x1:1,x2:25,y1:7,y2:7,...look});entry.append(words)}}var live_default='"use strict";(()=>{var PIXELS=64;var HIDDEN=64;var BATCH=100;var GRID=41;function uniform(seed){let a=\
seed>>>0;return()=>{a=a+1831565813>>>0;let t=Math.imul(a^a>>>15,1|a);t=t+Math.imul(t^t>>>7,61|t)^t;return((t^t>>>14)>>>0\
)/4294967296}}var normal=random=>Math.sqrt(-2*Math.log(1-random()))*Math.cos(2*Math.PI*random());var Linear=class{constr\
uctor(fanIn,fanOut,random){const bound=1/Math.sqrt(fanIn);const draw=()=>(2*random()-1)*bound;this.fanIn=fanIn;this.fanO\
ut=fanOut;this.w=Float32Array.from({length:fanIn*fanOut},draw);this.b=Float32Array.from({length:fanOut},draw);this.parts\
=[this.w,this.b].map(value=>({value,gradient:new Float32Array(value.length),m:new Float32Array(value.length),v:new Float\
32Array(value.length)}))}forward(x,n){const{fanIn,fanOut,w,b}=this;const y=new Float32Array(n*fanOut);for(let i=0;i<n;i+\
+)for(let o=0;o<fanOut;o++){let s=b[o];const wo=o*fanIn;const xi=i*fanIn;for(let k=0;k<fanIn;k++)s+=w[wo+k]*x[xi+k];y[i*\
fanOut+o]=s}return y}backward(x,gy,n){const{fanIn,fanOut,w}=this;const[gw,gb]=this.parts.map(part=>part.gradient.fill(0)\
);const gx=new Float32Array(n*fanIn);for(let i=0;i<n;i++)for(let o=0;o<fanOut;o++){const g=gy[i*fanOut+o];gb[o]+=g;const\
 wo=o*fanIn;const xi=i*fanIn;for(let k=0;k<fanIn;k++){gw[wo+k]+=g*x[xi+k];gx[xi+k]+=g*w[wo+k]}}return gx}};var tanh=h=>h\
.map(Math.tanh);var Trainer=class{constructor({train,heldOut,seed}){const random=uniform(seed);this.random=random;this.t\
rain=train;this.heldOut=heldOut;this.count=train.length/PIXELS;this.layers=[new Linear(PIXELS,HIDDEN,random),new Linear(\
HIDDEN,4,random),new Linear(2,HIDDEN,random),new Linear(HIDDEN,PIXELS,random)];this.taken=0;this.order=[];this.prior={lo\
c:[0,0],scale:[1,0,0,1]};const fixed=uniform(7);this.noise=Float32Array.from({length:2*8*(heldOut.length/PIXELS)},()=>no\
rmal(fixed));this.draws=Array.from({length:16},()=>normal(fixed))}encode(x,n){const[e1,e2]=this.layers;const h=tanh(e1.f\
orward(x,n));return{h,out:e2.forward(h,n)}}decode(z,n){const[,,d1,d2]=this.layers;const h=tanh(d1.forward(z,n));return{h\
,logits:d2.forward(h,n)}}batch(){if(this.order.length<BATCH){this.order=Array.from({length:this.count},(_,i)=>i);for(let\
 i=this.count-1;i>0;i--){const j=Math.floor(this.random()*(i+1));[this.order[i],this.order[j]]=[this.order[j],this.order\
[i]]}}const x=new Float32Array(BATCH*PIXELS);this.order.splice(0,BATCH).forEach((place,i)=>{x.set(this.train.subarray(pl\
ace*PIXELS,(place+1)*PIXELS),i*PIXELS)});return x}precision(){const[a,b,c,d]=this.prior.scale;const[s11,s12,s22]=[a*a+b*\
b,a*c+b*d,c*c+d*d];const det=s11*s22-s12*s12;return{p11:s22/det,p12:-s12/det,p22:s11/det,logDet:Math.log(det)}}step({klW\
eight,noise,learningRate}){const n=BATCH;const[e1,e2,d1,d2]=this.layers;const x=this.batch();const{h,out}=this.encode(x,\
n);const z=new Float32Array(2*n);const eps=z.map(()=>noise?normal(this.random):0);for(let i=0;i<n;i++)for(let k=0;k<2;k+\
+)z[2*i+k]=out[4*i+k]+Math.exp(out[4*i+2+k])*eps[2*i+k];const{h:g,logits}=this.decode(z,n);const dLogits=logits.map((l,i\
)=>(1/(1+Math.exp(-l))-x[i])/n);const dg=d2.backward(g,dLogits,n).map((v,i)=>v*(1-g[i]*g[i]));const dz=d1.backward(z,dg,\
n);const{p11,p12,p22}=this.precision();const dOut=new Float32Array(4*n);for(let i=0;i<n;i++){const[m1,m2]=[out[4*i]-this\
.prior.loc[0],out[4*i+1]-this.prior.loc[1]];const kl=[p11*m1+p12*m2,p12*m1+p22*m2];for(let k=0;k<2;k++){const sigma=Math\
.exp(out[4*i+2+k]);dOut[4*i+k]=dz[2*i+k]+klWeight*kl[k]/n;if(noise)dOut[4*i+2+k]=dz[2*i+k]*sigma*eps[2*i+k]+klWeight*((k\
?p22:p11)*sigma*sigma-1)/n}}const dh=e2.backward(h,dOut,n).map((v,i)=>v*(1-h[i]*h[i]));e1.backward(x,dh,n);this.taken++;\
for(const layer of this.layers)for(const part of layer.parts)this.adam(part,learningRate)}adam({value,gradient,m,v},rate\
){const[c1,c2]=[1-.9**this.taken,1-.999**this.taken];for(let i=0;i<value.length;i++){m[i]+=.1*(gradient[i]-m[i]);v[i]+=.\
001*(gradient[i]*gradient[i]-v[i]);value[i]-=rate*(m[i]/c1)/(Math.sqrt(v[i]/c2)+1e-8)}}measure(){const x=this.heldOut;co\
nst n=x.length/PIXELS;const{out}=this.encode(x,n);const{p11,p12,p22,logDet}=this.precision();let rate=0;let reconstructi\
on=0;for(let i=0;i<n;i++){const[m1,m2]=[out[4*i]-this.prior.loc[0],out[4*i+1]-this.prior.loc[1]];const[l1,l2]=[out[4*i+2\
],out[4*i+3]];const trace=p11*Math.exp(2*l1)+p22*Math.exp(2*l2);rate+=.5*(p11*m1*m1+2*p12*m1*m2+p22*m2*m2+trace-2+logDet\
)-l1-l2}for(let s=0;s<8;s++){const z=new Float32Array(2*n);for(let i=0;i<n;i++)for(let k=0;k<2;k++)z[2*i+k]=out[4*i+k]+M\
ath.exp(out[4*i+2+k])*this.noise[2*(s*n+i)+k];const{logits}=this.decode(z,n);for(let i=0;i<logits.length;i++)reconstruct\
ion+=x[i]*logits[i]-Math.max(logits[i],0)-Math.log1p(Math.exp(-Math.abs(logits[i])))}reconstruction/=8*n;rate/=n;return{\
step:this.taken,elbo:reconstruction-rate,logP:this.logP(),reconstruction,rate}}logP(){const count=GRID*GRID;const z=new \
Float32Array(2*count);const weight=new Float64Array(count);const gap=10/(GRID-1);const[a,b,c,d]=this.prior.scale;for(let\
 i=0;i<count;i++){const[u,v]=[-5+gap*(i%GRID),-5+gap*Math.floor(i/GRID)];z[2*i]=this.prior.loc[0]+a*u+b*v;z[2*i+1]=this.\
prior.loc[1]+c*u+d*v;weight[i]=-.5*(u*u+v*v)-Math.log(2*Math.PI)+2*Math.log(gap)}const{logits}=this.decode(z,count);for(\
let i=0;i<count;i++)for(let k=0;k<PIXELS;k++){const l=logits[i*PIXELS+k];weight[i]-=Math.max(l,0)+Math.log1p(Math.exp(-M\
ath.abs(l)))}const n=this.heldOut.length/PIXELS;let total=0;const scores=new Float64Array(count);for(let j=0;j<n;j++){co\
nst on=[];for(let k=0;k<PIXELS;k++)if(this.heldOut[j*PIXELS+k])on.push(k);let top=-Infinity;for(let i=0;i<count;i++){let\
 s=weight[i];for(const k of on)s+=logits[i*PIXELS+k];scores[i]=s;if(s>top)top=s}let sum=0;for(let i=0;i<count;i++)sum+=M\
ath.exp(scores[i]-top);total+=top+Math.log(sum)}return total/n}codes(){const n=this.heldOut.length/PIXELS;const{out}=thi\
s.encode(this.heldOut,n);return Float32Array.from({length:2*n},(_,i)=>out[4*(i>>1)+(i&1)])}samples(){const[a,b,c,d]=this\
.prior.scale;const z=new Float32Array(16);for(let i=0;i<8;i++){z[2*i]=this.prior.loc[0]+a*this.draws[2*i]+b*this.draws[2\
*i+1];z[2*i+1]=this.prior.loc[1]+c*this.draws[2*i]+d*this.draws[2*i+1]}return this.decode(z,8).logits.map(l=>1/(1+Math.e\
xp(-l)))}refit(){const n=this.count;const{out}=this.encode(this.train,n);const loc=[0,0];let[s11,s12,s22]=[0,0,0];for(le\
t i=0;i<n;i++)for(let k=0;k<2;k++)loc[k]+=out[4*i+k]/n;for(let i=0;i<n;i++){const[u,v]=[out[4*i]-loc[0],out[4*i+1]-loc[1\
]];s11+=(u*u+Math.exp(2*out[4*i+2]))/n;s22+=(v*v+Math.exp(2*out[4*i+3]))/n;s12+=u*v/n}const a=Math.sqrt(s11);const c=s12\
/a;this.prior={loc,scale:[a,0,c,Math.sqrt(s22-c*c)]}}};var EPOCH=4;var OFTEN=10*EPOCH;var SELDOM=5*EPOCH;var measured=st\
ep=>step%(step<=OFTEN?EPOCH:SELDOM)===0;var now=()=>performance.now();function runnerOf(tell,slice){let trainer;let sett\
ings={klWeight:1,noise:true,learningRate:.005};let until=0;let waiting=0;let refitted=false;const report=()=>{if(!traine\
r)return;const row=trainer.measure();const sound=Number.isFinite(row.logP)&&Number.isFinite(row.reconstruction);if(!soun\
d)until=0;const running=row.step<until;const last=until>0&&!running;tell({row,codes:trainer.codes(),samples:trainer.samp\
les(),prior:trainer.prior,running,refitted,last})};const go=()=>{waiting=0;if(!trainer)return;const end=now()+slice;whil\
e(trainer.taken<until){trainer.step(settings);if(measured(trainer.taken)||trainer.taken===until)report();if(now()>end)br\
eak}if(trainer.taken<until)waiting=soon(go);else until=0};const pause=()=>{clearTimeout(waiting);waiting=0;until=0};retu\
rn message=>{switch(message.order){case"begin":pause();trainer=new Trainer(message);refitted=false;return report();case"\
set":settings=message.settings;return;case"train":until=message.until;if(!waiting)waiting=soon(go);return;case"pause":pa\
use();return report();case"step":pause();trainer?.step(settings);return report();case"refit":trainer?.refit();refitted=t\
rue;return report()}}}var soon=act=>setTimeout(act,0);var SLICE=40;var run=runnerOf(news=>postMessage(news),SLICE);addEv\
entListener("message",({data})=>run(data));})();\n';var PIXELS=64;var HIDDEN=64;var BATCH=100;var GRID2=41;function uniform(seed){let a=seed>>>0;return()=>{a=a+1831565813>>>
0;let t=Math.imul(a^a>>>15,1|a);t=t+Math.imul(t^t>>>7,61|t)^t;return((t^t>>>14)>>>0)/4294967296}}var normal=random=>Math.
sqrt(-2*Math.log(1-random()))*Math.cos(2*Math.PI*random());var Linear=class{constructor(fanIn,fanOut,random){const bound=1/
Math.sqrt(fanIn);const draw2=()=>(2*random()-1)*bound;this.fanIn=fanIn;this.fanOut=fanOut;this.w=Float32Array.from({length:fanIn*
fanOut},draw2);this.b=Float32Array.from({length:fanOut},draw2);this.parts=[this.w,this.b].map(value=>({value,gradient:new Float32Array(
value.length),m:new Float32Array(value.length),v:new Float32Array(value.length)}))}forward(x,n){const{fanIn,fanOut,w,b}=this;
const y=new Float32Array(n*fanOut);for(let i=0;i<n;i++)for(let o=0;o<fanOut;o++){let s=b[o];const wo=o*fanIn;const xi=i*
fanIn;for(let k=0;k<fanIn;k++)s+=w[wo+k]*x[xi+k];y[i*fanOut+o]=s}return y}backward(x,gy,n){const{fanIn,fanOut,w}=this;const[
gw,gb]=this.parts.map(part=>part.gradient.fill(0));const gx=new Float32Array(n*fanIn);for(let i=0;i<n;i++)for(let o=0;o<
fanOut;o++){const g=gy[i*fanOut+o];gb[o]+=g;const wo=o*fanIn;const xi=i*fanIn;for(let k=0;k<fanIn;k++){gw[wo+k]+=g*x[xi+
k];gx[xi+k]+=g*w[wo+k]}}return gx}};var tanh=h=>h.map(Math.tanh);var Trainer=class{constructor({train,heldOut,seed}){const random=uniform(
seed);this.random=random;this.train=train;this.heldOut=heldOut;this.count=train.length/PIXELS;this.layers=[new Linear(PIXELS,
HIDDEN,random),new Linear(HIDDEN,4,random),new Linear(2,HIDDEN,random),new Linear(HIDDEN,PIXELS,random)];this.taken=0;this.
order=[];this.prior={loc:[0,0],scale:[1,0,0,1]};const fixed=uniform(7);this.noise=Float32Array.from({length:2*8*(heldOut.
length/PIXELS)},()=>normal(fixed));this.draws=Array.from({length:16},()=>normal(fixed))}encode(x,n){const[e1,e2]=this.layers;
const h=tanh(e1.forward(x,n));return{h,out:e2.forward(h,n)}}decode(z,n){const[,,d1,d2]=this.layers;const h=tanh(d1.forward(
z,n));return{h,logits:d2.forward(h,n)}}batch(){if(this.order.length<BATCH){this.order=Array.from({length:this.count},(_,i)=>i);
for(let i=this.count-1;i>0;i--){const j=Math.floor(this.random()*(i+1));[this.order[i],this.order[j]]=[this.order[j],this.
order[i]]}}const x=new Float32Array(BATCH*PIXELS);this.order.splice(0,BATCH).forEach((place,i)=>{x.set(this.train.subarray(
place*PIXELS,(place+1)*PIXELS),i*PIXELS)});return x}precision(){const[a,b,c,d]=this.prior.scale;const[s11,s12,s22]=[a*a+
b*b,a*c+b*d,c*c+d*d];const det=s11*s22-s12*s12;return{p11:s22/det,p12:-s12/det,p22:s11/det,logDet:Math.log(det)}}step({klWeight,
noise,learningRate}){const n=BATCH;const[e1,e2,d1,d2]=this.layers;const x=this.batch();const{h,out}=this.encode(x,n);const z=new Float32Array(
2*n);const eps=z.map(()=>noise?normal(this.random):0);for(let i=0;i<n;i++)for(let k=0;k<2;k++)z[2*i+k]=out[4*i+k]+Math.exp(
out[4*i+2+k])*eps[2*i+k];const{h:g,logits}=this.decode(z,n);const dLogits=logits.map((l,i)=>(1/(1+Math.exp(-l))-x[i])/n);
const dg=d2.backward(g,dLogits,n).map((v,i)=>v*(1-g[i]*g[i]));const dz=d1.backward(z,dg,n);const{p11,p12,p22}=this.precision();
const dOut=new Float32Array(4*n);for(let i=0;i<n;i++){const[m1,m2]=[out[4*i]-this.prior.loc[0],out[4*i+1]-this.prior.loc[1]];
const kl=[p11*m1+p12*m2,p12*m1+p22*m2];for(let k=0;k<2;k++){const sigma=Math.exp(out[4*i+2+k]);dOut[4*i+k]=dz[2*i+k]+klWeight*
kl[k]/n;if(noise)dOut[4*i+2+k]=dz[2*i+k]*sigma*eps[2*i+k]+klWeight*((k?p22:p11)*sigma*sigma-1)/n}}const dh=e2.backward(h,
dOut,n).map((v,i)=>v*(1-h[i]*h[i]));e1.backward(x,dh,n);this.taken++;for(const layer of this.layers)for(const part of layer.
parts)this.adam(part,learningRate)}adam({value,gradient,m,v},rate){const[c1,c2]=[1-.9**this.taken,1-.999**this.taken];for(let i=0;i<
value.length;i++){m[i]+=.1*(gradient[i]-m[i]);v[i]+=.001*(gradient[i]*gradient[i]-v[i]);value[i]-=rate*(m[i]/c1)/(Math.sqrt(
v[i]/c2)+1e-8)}}measure(){const x=this.heldOut;const n=x.length/PIXELS;const{out}=this.encode(x,n);const{p11,p12,p22,logDet}=this.
precision();let rate=0;let reconstruction=0;for(let i=0;i<n;i++){const[m1,m2]=[out[4*i]-this.prior.loc[0],out[4*i+1]-this.
prior.loc[1]];const[l1,l2]=[out[4*i+2],out[4*i+3]];const trace=p11*Math.exp(2*l1)+p22*Math.exp(2*l2);rate+=.5*(p11*m1*m1+
2*p12*m1*m2+p22*m2*m2+trace-2+logDet)-l1-l2}for(let s=0;s<8;s++){const z=new Float32Array(2*n);for(let i=0;i<n;i++)for(let k=0;k<
2;k++)z[2*i+k]=out[4*i+k]+Math.exp(out[4*i+2+k])*this.noise[2*(s*n+i)+k];const{logits}=this.decode(z,n);for(let i=0;i<logits.
length;i++)reconstruction+=x[i]*logits[i]-Math.max(logits[i],0)-Math.log1p(Math.exp(-Math.abs(logits[i])))}reconstruction/=
8*n;rate/=n;return{step:this.taken,elbo:reconstruction-rate,logP:this.logP(),reconstruction,rate}}logP(){const count=GRID2*
GRID2;const z=new Float32Array(2*count);const weight=new Float64Array(count);const gap=10/(GRID2-1);const[a,b,c,d]=this.
prior.scale;for(let i=0;i<count;i++){const[u,v]=[-5+gap*(i%GRID2),-5+gap*Math.floor(i/GRID2)];z[2*i]=this.prior.loc[0]+a*
u+b*v;z[2*i+1]=this.prior.loc[1]+c*u+d*v;weight[i]=-.5*(u*u+v*v)-Math.log(2*Math.PI)+2*Math.log(gap)}const{logits}=this.
decode(z,count);for(let i=0;i<count;i++)for(let k=0;k<PIXELS;k++){const l=logits[i*PIXELS+k];weight[i]-=Math.max(l,0)+Math.
log1p(Math.exp(-Math.abs(l)))}const n=this.heldOut.length/PIXELS;let total=0;const scores=new Float64Array(count);for(let j=0;j<
n;j++){const on=[];for(let k=0;k<PIXELS;k++)if(this.heldOut[j*PIXELS+k])on.push(k);let top=-Infinity;for(let i=0;i<count;i++){
let s=weight[i];for(const k of on)s+=logits[i*PIXELS+k];scores[i]=s;if(s>top)top=s}let sum=0;for(let i=0;i<count;i++)sum+=
Math.exp(scores[i]-top);total+=top+Math.log(sum)}return total/n}codes(){const n=this.heldOut.length/PIXELS;const{out}=this.
encode(this.heldOut,n);return Float32Array.from({length:2*n},(_,i)=>out[4*(i>>1)+(i&1)])}samples(){const[a,b,c,d]=this.prior.
scale;const z=new Float32Array(16);for(let i=0;i<8;i++){z[2*i]=this.prior.loc[0]+a*this.draws[2*i]+b*this.draws[2*i+1];z[2*
i+1]=this.prior.loc[1]+c*this.draws[2*i]+d*this.draws[2*i+1]}return this.decode(z,8).logits.map(l=>1/(1+Math.exp(-l)))}refit(){
const n=this.count;const{out}=this.encode(this.train,n);const loc=[0,0];let[s11,s12,s22]=[0,0,0];for(let i=0;i<n;i++)for(let k=0;k<
2;k++)loc[k]+=out[4*i+k]/n;for(let i=0;i<n;i++){const[u,v]=[out[4*i]-loc[0],out[4*i+1]-loc[1]];s11+=(u*u+Math.exp(2*out[4*
i+2]))/n;s22+=(v*v+Math.exp(2*out[4*i+3]))/n;s12+=u*v/n}const a=Math.sqrt(s11);const c=s12/a;this.prior={loc,scale:[a,0,
c,Math.sqrt(s22-c*c)]}}};var EPOCH=4;var OFTEN=10*EPOCH;var SELDOM=5*EPOCH;var measured=step=>step%(step<=OFTEN?EPOCH:SELDOM)===0;var now=()=>performance.
now();function runnerOf(tell,slice){let trainer;let settings={klWeight:1,noise:true,learningRate:.005};let until=0;let waiting=0;
let refitted=false;const report=()=>{if(!trainer)return;const row=trainer.measure();const sound=Number.isFinite(row.logP)&&
Number.isFinite(row.reconstruction);if(!sound)until=0;const running=row.step<until;const last=until>0&&!running;tell({row,
codes:trainer.codes(),samples:trainer.samples(),prior:trainer.prior,running,refitted,last})};const go=()=>{waiting=0;if(!trainer)
return;const end=now()+slice;while(trainer.taken<until){trainer.step(settings);if(measured(trainer.taken)||trainer.taken===
until)report();if(now()>end)break}if(trainer.taken<until)waiting=soon(go);else until=0};const pause=()=>{clearTimeout(waiting);
waiting=0;until=0};return message=>{switch(message.order){case"begin":pause();trainer=new Trainer(message);refitted=false;
return report();case"set":settings=message.settings;return;case"train":until=message.until;if(!waiting)waiting=soon(go);
return;case"pause":pause();return report();case"step":pause();trainer?.step(settings);return report();case"refit":trainer?.
refit();refitted=true;return report()}}}var soon=act=>setTimeout(act,0);var SLICE=8;function startRun(tell){let kept=[];let worker;let send=order=>worker?.postMessage(order);const onPage=()=>{
worker?.terminate();worker=void 0;send=runnerOf(tell,SLICE);for(const order of kept??[])send(order);kept=void 0};const address=URL.
createObjectURL(new Blob([live_default],{type:"text/javascript"}));try{worker=new Worker(address);worker.onmessage=({data})=>{
kept=void 0;tell(data)};worker.onerror=()=>{if(kept)onPage()}}catch{onPage()}return{send(order){kept?.push(order);send(order)},
stop(){send({order:"pause"});worker?.terminate();URL.revokeObjectURL(address)},inWorker:()=>worker!==void 0}}var terms=({elbo,logP,reconstruction,rate})=>({logP,elbo,gap:logP-elbo,reconstruction,rate});var rowsOf=history=>(history.
step??[]).map((step,i)=>({step,elbo:history.elbo?.[i]??NaN,logP:history.log_prob?.[i]??NaN,reconstruction:history.reconstruction?.[i]??
NaN,rate:history.rate?.[i]??NaN}));var historyOf=rows=>({step:rows.map(row=>row.step),elbo:rows.map(row=>row.elbo),log_prob:rows.
map(row=>row.logP),reconstruction:rows.map(row=>row.reconstruction),rate:rows.map(row=>row.rate)});var MOST=400;var withRow=(rows,row)=>[
...rows.length<MOST?rows:rows.filter((_,i)=>i===0||i%2===1),row];var MARKS=[0,.1,.3,1,4];function weightAt(place){const i=Math.
min(Math.floor(place),MARKS.length-2);return MARKS[i]+(place-i)*(MARKS[i+1]-MARKS[i])}function placeOf(weight){const above=MARKS.
findIndex((mark,i2)=>i2>0&&weight<=mark);const i=above<0?MARKS.length-2:above-1;return i+(weight-MARKS[i])/(MARKS[i+1]-MARKS[i])}var RUN=1e3;var AXES=[-34,-15];var REFITTED={...lineOf("prior",2.5),"stroke-dasharray":"9 3 2 3"};var GHOST=.4;var SPEAK=2500;
var[PIXELS2,SHAPE,PICTURES]=[64,[8,8],8];function bits(text,count){const places=unpack(text,0,63,1);return Float32Array.
from({length:count*PIXELS2},(_,i)=>places[Math.floor(i/6)]>>5-i%6&1)}var weightWords=weight=>String(Number(weight.toFixed(
weight<1?3:2)));var rateWords=rate=>String(Number(rate.toPrecision(2)));var WidePlane=class extends Plane{fit(codes){const reach=codes.
reduce((far,value)=>Math.max(far,Math.abs(value)),0);const limit=[4,8,16,32].find(room=>reach<=room)??64;this.limit=limit;
this.xlim=[-limit,limit];this.ylim=[-limit,limit]}axes(){const[top,,,left]=this.margin;const step=this.limit/4;const ticks=[
-3,-2,-1,0,1,2,3].map(i=>i*step);this.foot(ticks,"z₁");this.upright(left,top,this.y(-this.limit),{stroke:AXIS});for(const tick of ticks){
this.level(this.y(tick),{stroke:AXIS},left-4,left);this.text(left-7,this.y(tick)+4,written(tick,0),{"text-anchor":"end",
...MUTED})}this.text(2,top+10,"z₂",MUTED)}};function build({root,data,change},model,onLeave){const[train,heldOut]=[bits(
data.train,data.counts[0]),bits(data.held_out,data.counts[1])];const labels=[...data.labels];const first=add(root,"div");
const main=addButton(first,"Train",()=>running?pause():go());main.className="first";addButton(first,"One step",()=>order(
"step"));addButton(first,"Start again",again);addButton(first,"Refit the prior",()=>order("refit"));const track=new Plot(
root,{height:66,xlim:[0,MARKS.length-1],ylim:[0,1],margin:[22,18,22,18],label:"The weight of the KL on its axis, with ma\
rks at 0, 0.1, 0.3, 1 and 4. The slider below moves it too."});const controls=addControls(root);const byPlace=at=>change(
{weight:weightAt(at)});const showWeight=slider(controls,{label:"KL weight",low:0,high:4,step:.05,words:at=>weightWords(weightAt(
at)),onInput:byPlace});onDrag(track.svg,(_,event)=>{const at=clamp(track.valueX(event),0,4);byPlace(Math.abs(at-Math.round(
at))<.08?Math.round(at):at)});const chart=new Plot(root,{height:230,xlim:[0,RUN],ylim:AXES,margin:[26,8,36,34],label:"EL\
BO and exact log p(x) of held-out digits over the steps of training, the gap between them shaded. The values stand besid\
e the plane and in the text below."});addLegend(root,[["log p(x)",lineOf("model",2.5)],["ELBO",lineOf("bound",2.5)],["ga\
p",svg=>draw(svg,"rect",{x:1,y:1,width:24,height:12,fill:colorOf("true-posterior"),opacity:.3})],["prior",lineOf("prior",
2.5)],["refitted prior",REFITTED]]);const beside=add(root,"div",{className:"beside"});const plane=new WidePlane(beside,{
limit:4,label:"The latent plane: the codes of held-out digits, each written as its class, and the circles of the prior."});
const side=add(beside,"div",{className:"side samples"});const sum=add(side,"div",{className:"sum"});const sums=["reconst\
ruction","− rate","= ELBO","+ gap","= log p(x)"].map((words,i)=>{const className=i===2||i===4?"total":"";add(sum,"span",
{className},words);return add(sum,"span",{className},"…")});const caption=add(side,"span",{},"What it draws from the p\
rior:");caption.style.display="block";caption.style.marginTop="10px";const grid=add(side,"div",{className:"grid eight"});
grid.setAttribute("role","img");grid.setAttribute("aria-label","Decoder means at eight codes drawn from the prior");const canvases=Array.
from({length:PICTURES},()=>addImage(grid,SHAPE));const more=addControls(root);const showRate=slider(more,{label:"learnin\
g rate",low:-4,high:0,step:.1,words:power=>rateWords(10**power),onInput:power=>change({learning_rate:Number((10**power).
toPrecision(2))})});const showSeed=slider(more,{label:"seed",low:0,high:20,step:1,words:seed=>String(seed),onInput:seed=>change(
{seed})});const label=add(root,"label",{className:"switch low"});const box=add(label,"input",{type:"checkbox"});label.append(
"cut the encoder's noise: a plain autoencoder, σ = 0");box.addEventListener("change",()=>change({noise:box.checked?0:1}));
let state;let news;let rows=rowsOf(data.history??{});let ghost=[];let[ghostWords,begun,running,waiting,spoken,sentAt,drawnAt]=[
"",-1,false,0,0,0,0];let happened="";let told;const run=startRun(hear);const order=name=>{if(begun<0)begin();if(name!=="\
refit")keepRecorded();happened=name;run.send(name==="train"?{order:name,until:(rows.at(-1)?.step??0)+RUN}:{order:name})};
function keepRecorded(){if(news&&rows.length&&rows[rows.length-1].step>news.row.step)keep()}function keep(){if(rows.length>
1){ghost=rows;ghostWords=happened&&told?`last run`:"recorded run"}rows=news&&news.row.step===0?[news.row]:[]}function begin(){
begun=state.seed;run.send({order:"begin",train,heldOut,seed:state.seed});settings()}function settings(){const{weight,learning_rate:learningRate,
noise}=state;run.send({order:"set",settings:{klWeight:weight,learningRate,noise:noise===1}})}function again(){running=false;
keep();rows=[];happened="again";told=void 0;begin()}function go(){running=true;order("train");refresh()}function pause(){
running=false;order("pause");refresh()}function hear(heard){const{row}=heard;news=heard;const recorded=rows.length>0&&row.
step===0&&rows[rows.length-1].step>0;if(!recorded&&Number.isFinite(row.logP)){if(rows.at(-1)?.step===row.step&&!heard.refitted)
rows=rows.slice(0,-1);rows=withRow(rows,row)}if(!Number.isFinite(row.logP))happened="broken";if(running&&!heard.running&&
heard.last)happened=happened==="broken"?happened:"done";if(!heard.running&&(heard.last||happened==="broken"))running=false;
refresh();if(!recorded)share()}function share(){const now2=performance.now();if(running&&now2-sentAt<1e3)return;sentAt=now2;
model.set("history",historyOf(rows));model.save_changes()}function refresh(){if(waiting)return;const wait=calm()&&running?
Math.max(0,1e3-(performance.now()-drawnAt)):0;const frame=()=>{waiting=requestAnimationFrame(paintAll)};if(wait)waiting=
setTimeout(frame,wait);else frame()}function paintAll(){waiting=0;if(!state||!root.contains(chart.svg))return;drawnAt=performance.
now();main.textContent=running?"Pause":rows.length>1&&happened!=="again"?"Go on":"Train";if(rows.length<=1)main.textContent=
running?"Pause":"Train";drawTrack();drawChart();drawPlane();drawSum();speak()}function drawTrack(){const{weight}=state;const at=placeOf(
weight);const meaning=weight===1?": the ELBO":weight===0?": reconstruction alone":weight<1?": no bound":"";track.clear();
track.text(0,13,`goal: reconstruction − ${weightWords(weight)} × rate${meaning}`);track.level(40,{stroke:AXIS,"stroke\
-width":2});MARKS.forEach((mark,i)=>{track.upright(track.x(i),34,46,{stroke:AXIS,"stroke-width":2});track.text(track.x(i),
64,weightWords(mark),{"text-anchor":"middle",...MUTED})});track.handle("weight",track.x(at),40,colorOf("bound"))}function drawChart(){
const last=Math.max(rows.at(-1)?.step??0,ghost.at(-1)?.step??0);chart.xlim=[0,RUN*Math.max(1,Math.ceil(last/RUN))];chart.
clear();for(const tick of[-30,-25,-20]){chart.level(chart.y(tick),GRID);chart.text(30,chart.y(tick)+4,written(tick,0),{"\
text-anchor":"end",...MUTED})}chart.foot([0,.25,.5,.75,1].map(share2=>share2*chart.xlim[1]),"steps");chart.text(34,chart.
height-3,"nats per held-out digit",MUTED);if(ghost.length>1){drawRun(ghost,GHOST);const{step,logP}=ghost[ghost.length-1];
const y=clamp(chart.y(logP),chart.margin[0]+12,chart.height-44);chart.text(chart.x(step)-4,y-6,ghostWords,{"text-anchor":"\
end",class:"muted halo"})}if(rows.length>1)drawRun(rows,1);drawTitle()}function drawRun(of,opacity){const group=draw(chart.
svg,"g",{opacity});const inside=value=>clamp(value,...AXES);const steps=of.map(({step})=>step);const[upper,lower]=[of.map(
({logP})=>inside(logP)),of.map(({elbo})=>inside(elbo))];const d=`${chart.path(steps,upper)}L${chart.path([...steps].reverse(),
[...lower].reverse()).slice(1)}Z`;draw(group,"path",{d,fill:colorOf("true-posterior"),opacity:.28,stroke:"none"});group.
append(chart.line(steps,lower,lineOf("bound",2.5)),chart.line(steps,upper,lineOf("model",2.5)))}function drawTitle(){const row=rows.
at(-1);if(!row)return;const{logP,elbo,gap}=terms(row);const below=elbo<AXES[0]&&row.step>0?" (below this axis)":"";chart.
text(34,16,`log p(x) ${written(logP,1)}, ELBO ${written(elbo,1)}${below}, gap ${written(gap,1)}`,HALO)}function drawPlane(){
if(!news)return plane.clear();plane.fit(news.codes);plane.clear();plane.codes(Float64Array.from(news.codes),labels);if(news.
refitted)plane.gaussian(news.prior.loc,news.prior.scale,REFITTED);else plane.prior()}function drawSum(){const row=rows.at(
-1);if(row){const{reconstruction,rate,elbo,gap,logP}=terms(row);[reconstruction,rate,elbo,gap,logP].forEach((value,i)=>{
sums[i].textContent=written(value)});publish(root,{...terms(row),step:row.step})}if(news){const{samples}=news;canvases.forEach(
(canvas,i)=>{paint(canvas,Float64Array.from(samples.subarray(PIXELS2*i,PIXELS2*(i+1))))})}}function speak(){const line=root.
querySelector(".said");if(!line||running&&performance.now()-spoken<SPEAK)return;spoken=performance.now();line.textContent=
describe()}function redraw(now2){state={...now2,seed:whole("seed",now2.seed,0,20),noise:whole("noise",now2.noise,0,1)};showWeight(
placeOf(state.weight));showRate(Math.log10(state.learning_rate));showSeed(state.seed);box.checked=state.noise===0;publish(
root,state);if(begun<0)begin();else settings();paintAll()}function describe(){const row=rows.at(-1);const planned=`weigh\
t ${weightWords(state.weight)}, learning rate ${rateWords(state.learning_rate)}, seed ${state.seed}`+(state.noise?"":", \
encoder without noise");if(happened==="broken")return`The numbers have left what a computer can hold, with ${planned}. L\
ower the learning rate, and press Start again.`;if(!row||row.step===0){const start=row?` log p(x) is ${written(row.logP)}\
.`:"";return`Not trained yet.${start} Train starts with ${planned}.`}const words=verdict(row);told=row;const seed=state.
seed===begun?"":` Seed ${state.seed} waits for Start again.`;return`Epoch ${Math.floor(row.step/EPOCH)}: ${words} Now: ${planned}\
.${seed}`}function verdict(row){const{logP,reconstruction}=row;if(happened==="refit"&&rows.length>1){const before=rows[rows.
length-2];return`the prior is now one Gaussian fitted to the codes. log p(x) went from ${written(before.logP)} to ${written(
logP)}, and no network has moved.`}const base=told&&told.step<row.step?told:rows[Math.max(0,rows.length-6)];const[rise,better]=[
logP-base.logP,reconstruction-base.reconstruction];const since=`since epoch ${Math.floor(base.step/EPOCH)} log p(x) ${signed(
rise)}, reconstruction ${signed(better)}.`;if(state.weight<.05&&rise<0)return`${since} The codes leave the prior, and th\
e model, which is prior and decoder, finds the digits less probable.`;if(state.weight>1&&row.rate<.3)return`${since} The\
 rate is ${written(row.rate)}: the codes say almost nothing.`;if(rise>0)return`${since} The ELBO is below log p(x) by th\
e gap, ${written(logP-row.elbo)}.`;return`${since} The digits are held out: from here on training may learn its own digi\
ts by heart.`}const onHide=()=>{if(document.hidden&&running)pause()};document.addEventListener("visibilitychange",onHide);
model.on("change:history",()=>{const sent=rowsOf(model.get("history")??{});if(sent.length===rows.length&&sent.at(-1)?.logP===
rows.at(-1)?.logP)return;rows=sent;refresh()});onLeave(()=>{document.removeEventListener("visibilitychange",onHide);run.
stop()});return{redraw,describe}}var explorable={render:context=>{let leave=()=>{};const takeDown=explorableOf({handles:[
"weight","learning_rate","seed","noise"],hint:"Press Train: a VAE learns handwritten digits, here in the page. Then set \
the weight of the KL to 0, press Start again and Train. The last run stays, pale.",build:place=>build(place,context.model,
act=>{leave=act})}).render(context);return()=>{leave();takeDown()}}};export{explorable as default,showInPage};
