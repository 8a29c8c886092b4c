var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var GRID={stroke:"#e3e\
8ec"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;var lineOf=(role,width=2)=>({
stroke:colorOf(role),"stroke-dasharray":`var(--${role}-dashes)`,"stroke-width":width});var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var linspace=(low,high,count)=>Array.from({length:count},(_,i)=>low+(high-low)*i/(count-1));var eased=(start,goal2,t)=>t>=1?goal2:start+t*t*(3-2*t)*(goal2-start);function finite(name,value){if(typeof value==="number"&&Number.isFinite(value))return value;throw new Error(`${name} mus\
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
function glide(from,goals,change){if(calm())return change(goals);const begin=performance.now();const starts={...from};const step=now=>{
const t=Math.max(0,(now-begin)/330);change(Object.fromEntries(Object.entries(goals).map(([name,goal2])=>[name,eased(starts[name],
goal2,t)])));if(t<1)requestAnimationFrame(step)};requestAnimationFrame(step)}function addImage(parent,[height,width],name=""){const canvas=add(parent,"canvas",{height,width,className:"image"});if(name)
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
waiting=0;try{redraw(state());say(describe())}catch(error){broken(error)}};const soon=()=>{if(!waiting)waiting=requestAnimationFrame(
update)};for(const name of handles)model.on(`change:${name}`,soon);const sizes=new ResizeObserver(soon);sizes.observe(root);
update();return()=>sizes.disconnect()}catch(error){broken(error);return()=>{}}}function speaker(line){let speaking=0;return words=>{
clearTimeout(speaking);const say=()=>{line.textContent=words};if(line.textContent)speaking=setTimeout(say,150);else say()}}
function showInPage(explorable2,key,state){const listeners={};const model={get:name=>state[name],set(name,value){if(state[name]===
value)return;state[name]=value;for(const listener of listeners[`change:${name}`]??[])listener()},save_changes(){},on(event,listener){
listeners[event]=[...listeners[event]??[],listener]}};const place=document.querySelector(`[data-explorable="${key}"]:not\
([data-ready])`);if(!(place instanceof HTMLElement))throw new Error(`no place in the page is named ${key}`);place.dataset.
ready="";place.replaceChildren();explorable2.render({model,el:place})}var ALPHABET="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";var PLACES=new Map([...ALPHABET].map((letter,place)=>[
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
line",{x1:1,x2:25,y1:7,y2:7,...look});entry.append(words)}}var terms=({elbo,logP,reconstruction,rate})=>({logP,elbo,gap:logP-elbo,reconstruction,rate});var rowsOf=history=>(history.
step??[]).map((step,i)=>({step,elbo:history.elbo?.[i]??NaN,logP:history.log_prob?.[i]??NaN,reconstruction:history.reconstruction?.[i]??
NaN,rate:history.rate?.[i]??NaN}));var historyOf=rows=>({step:rows.map(row=>row.step),elbo:rows.map(row=>row.elbo),log_prob:rows.
map(row=>row.logP),reconstruction:rows.map(row=>row.reconstruction),rate:rows.map(row=>row.rate)});var MOST=400;var withRow=(rows,row)=>[
...rows.length<MOST?rows:rows.filter((_,i)=>i===0||i%2===1),row];var MARKS=[0,.1,.3,1,4];function weightAt(place){const i=Math.
min(Math.floor(place),MARKS.length-2);return MARKS[i]+(place-i)*(MARKS[i+1]-MARKS[i])}function placeOf(weight){const above=MARKS.
findIndex((mark,i2)=>i2>0&&weight<=mark);const i=above<0?MARKS.length-2:above-1;return i+(weight-MARKS[i])/(MARKS[i+1]-MARKS[i])}var PIXELS=64;var HIDDEN=64;var BATCH=100;var GRID2=41;function uniform(seed){let a=seed>>>0;return()=>{a=a+1831565813>>>
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
c,Math.sqrt(s22-c*c)]}}};var EPOCH=4;var OFTEN=10*EPOCH;var SELDOM=5*EPOCH;var measuredAt=step=>step%(step<=OFTEN?EPOCH:SELDOM)===0;function runnerOf(tell,slice){
let trainer;let settings={klWeight:1,noise:true,learningRate:.005};let[run,refitted,until]=[0,false,0];let waiting;function report(event){
if(!trainer)return;const row=trainer.measure();const sound=Object.values(row).every(Number.isFinite);if(!sound)until=0;const{
prior}=trainer;const pictures={codes:trainer.codes(),samples:trainer.samples()};tell({run,event:sound?event:"broken",row,
...pictures,prior,refitted})}function go(){if(!trainer)return;const end=performance.now()+slice;while(trainer.taken<until&&
performance.now()<end){trainer.step(settings);if(trainer.taken===until)report("done");else if(measuredAt(trainer.taken))
report("measure")}waiting=trainer.taken<until?setTimeout(go,0):void 0}function pause(){clearTimeout(waiting);waiting=void 0;
until=0}return message=>{if(message.order==="set")settings=message.settings;else if(message.order==="begin"){pause();[run,
refitted,trainer]=[message.run,false,new Trainer(message)];report("begin")}else if(message.order==="train"){until=(trainer?.
taken??0)+message.steps;waiting??=setTimeout(go,0)}else if(message.order==="refit"){trainer?.refit();refitted=true;report(
"refit")}else{pause();if(message.order==="step")trainer?.step(settings);report(message.order)}}}var weightWords=weight=>String(Number(weight.toFixed(weight<1?3:2)));var rateWords=rate=>String(Number(rate.toPrecision(
2)));function goal(weight){if(weight===0)return"goal: reconstruction alone";if(weight===1)return"goal: ELBO = reconstruc\
tion − rate";const bound=weight<1?" (no bound)":"";return`goal: reconstruction − ${weightWords(weight)} × rate${bound}`}
var setting=({weight,learning_rate,seed,noise})=>`weight ${weightWords(weight)}, learning rate ${rateWords(learning_rate)}\
, seed ${seed}`+(noise?"":", encoder without noise");function sentence(session,state,before){const{event,last,seed}=session;
if(event==="broken"){return`Stopped: the numbers have left what a computer can hold (${setting(state)}). Lower the learn\
ing rate, then press Start again.`}if(!last||last.step===0){const found=last?` log p(x) is ${written(last.logP)}.`:"";return`\
Not trained yet.${found} Train begins with ${setting(state)}.`}const first=event==="hidden"?"Paused, since this page was\
 in the background. ":"";const waits=state.seed===seed?"":` Seed ${state.seed} waits for Start again.`;return`${first}Ep\
och ${epochOf(last)}: ${whatHappened(session,last,state.weight,before)}${waits}`}var epochOf=({step})=>Math.floor(step/EPOCH);
function whatHappened({event,rows,ghost},row,weight,before){const other=ghost.rows.at(-1);if(event==="refit"&&rows.length>
1){const old=rows[rows.length-2];return`the prior is now one Gaussian, fitted to the codes. log p(x) went from ${written(
old.logP)} to ${written(row.logP)}; no network has moved, and the reconstruction is what it was.`}if(event==="done"&&other?.
step===row.step){return`against the ${ghost.name}: reconstruction ${difference(row,other,"reconstruction")}, log p(x) ${difference(
row,other,"logP")}.${because(row,weight)}`}const base=before&&before.step<row.step?before:rows[Math.max(0,rows.length-6)];
const since=`since epoch ${epochOf(base)} reconstruction ${difference(row,base,"reconstruction")}, log p(x) ${difference(
row,base,"logP")}.`;return`${since}${because(row,weight)}`}var difference=(now,then,name)=>signed(now[name]-then[name]);
function because({logP,elbo,rate},weight){if(rate>8&&weight<1){return` The codes leave the prior (rate ${written(rate,1)}\
); the model is prior and decoder, and log p(x) is what both together give the digits.`}if(rate<.3)return` The rate is ${written(
rate)}: the codes say almost nothing about the digit.`;return` The ELBO lies below log p(x) by the gap, ${written(logP-elbo)}\
: how far q is from the true posterior.`}var LEVELS=[-34,-17];var SPAN=1e3;var Track=class extends Plot{constructor(parent){const label="The weight of the KL on \
an axis with marks at 0, 0.1, 0.3, 1 and 4. The slider below moves it as well.";super(parent,{height:72,xlim:[0,MARKS.length-
1],ylim:[0,1],margin:[28,18,22,18],label})}show(weight){this.clear();this.text(0,17,goal(weight),{"font-weight":600});this.
level(44,{stroke:AXIS,"stroke-width":2});MARKS.forEach((mark,i)=>{this.upright(this.x(i),38,50,{stroke:AXIS,"stroke-widt\
h":2});this.text(this.x(i),69,weightWords(mark),{"text-anchor":"middle",...MUTED})});this.handle("weight",this.x(placeOf(
weight)),44,colorOf("bound"))}};var Curves=class extends Plot{constructor(parent){const label="ELBO and exact log p(x) o\
f held-out digits over the steps of training, the gap between them shaded. The values stand beside the plane and in the \
text below.";super(parent,{height:236,xlim:[0,SPAN],ylim:LEVELS,margin:[30,16,36,34],label})}show(rows,ghost){const last=Math.
max(rows.at(-1)?.step??0,ghost.rows.at(-1)?.step??0);this.xlim=[0,SPAN*Math.max(1,Math.ceil(last/SPAN))];this.clear();for(const tick of[
-30,-25,-20]){this.level(this.y(tick),GRID);this.text(30,this.y(tick)+4,written(tick,0),{"text-anchor":"end",...MUTED})}
this.foot([0,.25,.5,.75,1].map(share=>share*this.xlim[1]),"steps of training");this.text(34,this.height-3,"nats per held\
-out digit",MUTED);this.run(ghost.rows,.4);this.run(rows,1);this.name(ghost);this.title(rows.at(-1))}run(rows,opacity){if(rows.
length<2)return;const group=draw(this.svg,"g",{opacity});const steps=rows.map(({step})=>step);const upper=rows.map(({logP})=>clamp(
logP,...LEVELS));const lower=rows.map(({elbo})=>clamp(elbo,...LEVELS));const back=this.path([...steps].reverse(),[...lower].
reverse()).slice(1);const gap={fill:colorOf("true-posterior"),opacity:.28,stroke:"none"};draw(group,"path",{d:`${this.path(
steps,upper)}L${back}Z`,...gap});group.append(this.line(steps,lower,lineOf("bound",2.5)),this.line(steps,upper,lineOf("m\
odel",2.5)));const[cx,cy]=[this.x(steps[steps.length-1]),this.y(upper[upper.length-1])];draw(group,"circle",{cx,cy,r:5,fill:colorOf(
"model"),stroke:"#fff"})}name({rows,name}){if(rows.length<2)return;const{step,logP}=rows[rows.length-1];const y=clamp(this.
y(logP)-9,42,this.height-48);this.text(this.x(step)-4,y,name,{"text-anchor":"end",class:"muted halo"})}title(row){if(!row)
return;const{logP,elbo,gap}=terms(row);this.text(0,18,`log p(x) ${written(logP,1)} = ELBO ${written(elbo,1)} + gap ${written(
gap,1)}`,HALO);if(row.step===0||elbo>LEVELS[0])return;const below={"text-anchor":"end",...HALO};this.text(this.x(row.step)-
8,this.height-44,"ELBO: far below this axis",row.step>SPAN/2?below:HALO)}};var WidePlane=class extends Plane{fit(codes){
const reach=Math.max(0,...codes.map(Math.abs));this.limit=[4,8,12,16,24,32,48].find(room=>reach<=room)??64;const ends=[-this.
limit,this.limit];[this.xlim,this.ylim]=[ends,ends]}axes(){const[top,,,left]=this.margin;const ticks=[-3,-2,-1,0,1,2,3].
map(i=>i*this.limit/4);this.foot(ticks,"z₁");this.upright(left,top,this.y(-this.limit),{stroke:AXIS});for(const tick of ticks){
this.level(this.y(tick),{stroke:AXIS},left-4,left);this.text(left-7,this.y(tick)+4,written(tick,0),{"text-anchor":"end",
...MUTED})}this.text(2,top+10,"z₂",MUTED)}};var live_default='"use strict";(()=>{var PIXELS=64;var HIDDEN=64;var BATCH=100;var GRID=41;function uniform(seed){let a=\
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
/a;this.prior={loc,scale:[a,0,c,Math.sqrt(s22-c*c)]}}};var EPOCH=4;var OFTEN=10*EPOCH;var SELDOM=5*EPOCH;var measuredAt=\
step=>step%(step<=OFTEN?EPOCH:SELDOM)===0;function runnerOf(tell,slice){let trainer;let settings={klWeight:1,noise:true,\
learningRate:.005};let[run2,refitted,until]=[0,false,0];let waiting;function report(event){if(!trainer)return;const row=\
trainer.measure();const sound=Object.values(row).every(Number.isFinite);if(!sound)until=0;const{prior}=trainer;const pic\
tures={codes:trainer.codes(),samples:trainer.samples()};tell({run:run2,event:sound?event:"broken",row,...pictures,prior,\
refitted})}function go(){if(!trainer)return;const end=performance.now()+slice;while(trainer.taken<until&&performance.now\
()<end){trainer.step(settings);if(trainer.taken===until)report("done");else if(measuredAt(trainer.taken))report("measure\
")}waiting=trainer.taken<until?setTimeout(go,0):void 0}function pause(){clearTimeout(waiting);waiting=void 0;until=0}ret\
urn message=>{if(message.order==="set")settings=message.settings;else if(message.order==="begin"){pause();[run2,refitted\
,trainer]=[message.run,false,new Trainer(message)];report("begin")}else if(message.order==="train"){until=(trainer?.take\
n??0)+message.steps;waiting??=setTimeout(go,0)}else if(message.order==="refit"){trainer?.refit();refitted=true;report("r\
efit")}else{pause();if(message.order==="step")trainer?.step(settings);report(message.order)}}}var SLICE=40;var run=runne\
rOf(news=>postMessage(news),SLICE);addEventListener("message",({data})=>run(data));})();\n';var SLICE=8;function openPlace(tell){let kept=[];let worker;let send=order=>worker?.postMessage(order);function moveToPage(){
worker?.terminate();worker=void 0;send=runnerOf(tell,SLICE);for(const order of kept??[])send(order);kept=void 0}const address=URL.
createObjectURL(new Blob([live_default],{type:"text/javascript"}));try{worker=new Worker(address);worker.onmessage=({data})=>{
kept=void 0;tell(data)};worker.onerror=()=>{if(kept)moveToPage()}}catch{moveToPage()}return{send(order){kept?.push(order);
send(order)},close(){send({order:"pause"});worker?.terminate();URL.revokeObjectURL(address)}}}var RUN=1e3;var Session=class{constructor({train,heldOut,recorded,onNews}){this.digits={train,heldOut};this.onNews=onNews;
this.rows=[];this.ghost={rows:recorded,name:"recorded run"};this.news=void 0;this.running=false;this.event="begin";this.
run=0;this.seed=-1;this.weights=new Set;this.settings=void 0;this.place=openPlace(news=>this.hear(news))}get last(){return this.
rows.at(-1)}begin(seed){if((this.last?.step??0)>0){const[weight]=this.weights;this.ghost={rows:this.rows,name:this.weights.
size===1?`last run, weight ${weight}`:"last run"}}this.rows=[];this.weights=new Set;this.running=false;this.seed=seed;this.
run++;this.place.send({order:"begin",run:this.run,seed,...this.digits})}set(settings){this.settings=settings;if(this.running)
this.note();this.place.send({order:"set",settings})}note(){if(this.settings)this.weights.add(Number(this.settings.klWeight.
toFixed(3)))}train(){this.running=true;this.note();this.place.send({order:"train",steps:RUN})}pause(){this.running=false;
this.place.send({order:"pause"})}hide(){if(!this.running)return;this.pause();this.hidden=true}step(){this.running=false;
this.note();this.place.send({order:"step"})}refit(){this.place.send({order:"refit"})}hear(news){if(news.run!==this.run)return;
const{event,row}=news;this.event=event==="pause"&&this.hidden?"hidden":event;this.hidden=false;if(event==="done"||event===
"broken")this.running=false;if(event!=="broken"){if(event!=="refit"&&this.last?.step===row.step)this.rows.pop();this.rows=
withRow(this.rows,row);this.news=news}this.onNews()}close(){this.place.close()}};var REFITTED={...lineOf("prior",2.5),"stroke-dasharray":"9 3 2 3"};var SUM=["reconstruction","− rate","= ELBO","+ gap",
"= log p(x)"];var[PIXELS2,SHAPE,PICTURES]=[64,[8,8],8];var SPEAK=2500;var RESTED=200;var SHARE=1e3;function bits(text,count){
const sixes=unpack(text,0,63,1);return Float32Array.from({length:count*PIXELS2},(_,i)=>sixes[Math.floor(i/6)]>>5-i%6&1)}
function addSum(parent){const sum=add(parent,"div",{className:"sum"});const values=SUM.map(words=>{const className=words.
startsWith("=")?"total":"";add(sum,"span",{className},words);return add(sum,"span",{className},"…")});return row=>{const{
reconstruction,rate,elbo,gap,logP}=terms(row);[reconstruction,rate,elbo,gap,logP].forEach((value,i)=>{values[i].textContent=
written(value)})}}function addSamples(parent){add(parent,"span",{className:"title"},"Drawn from the prior, decoded:");const grid=add(
parent,"div",{className:"grid eight"});grid.setAttribute("role","img");grid.setAttribute("aria-label","Decoder means at \
eight codes drawn from the prior");const canvases=Array.from({length:PICTURES},()=>addImage(grid,SHAPE));return samples=>canvases.
forEach((canvas,i)=>{paint(canvas,Float64Array.from(samples.subarray(PIXELS2*i,PIXELS2*(i+1))))})}function addSettings(root,change){
const controls=addControls(root);const showRate=slider(controls,{label:"learning rate",low:-4,high:0,step:.1,words:power=>rateWords(
10**power),onInput:power=>change({learning_rate:Number((10**power).toPrecision(2))})});const words=seed=>String(seed);const showSeed=slider(
controls,{label:"seed",low:0,high:20,step:1,words,onInput:seed=>change({seed})});const label=add(root,"label",{className:"\
switch low"});const box=add(label,"input",{type:"checkbox"});label.append("cut the encoder's noise (σ = 0): a plain auto\
encoder");box.addEventListener("change",()=>change({noise:box.checked?0:1}));return state=>{showRate(Math.log10(state.learning_rate));
showSeed(state.seed);box.checked=state.noise===0}}function build({root,data,change},model,onLeave){let state;const buttons=add(
root,"div");const main=addButton(buttons,"Train",()=>act(session.running?"pause":"train"));main.className="first";addButton(
buttons,"One step",()=>act("step"));addButton(buttons,"Start again",()=>act("begin"));addButton(buttons,"Refit the prior",
()=>act("refit"));const track=new Track(root);const byPlace=at=>change({weight:weightAt(at)});onDrag(track.svg,(_,event)=>{
const at=clamp(track.valueX(event),0,4);byPlace(Math.abs(at-Math.round(at))<.08?Math.round(at):at)});const words=at=>weightWords(
weightAt(at));const weight={label:"KL weight",low:0,high:4,step:.05,words,onInput:byPlace};const showWeight=slider(addControls(
root),weight);const curves=new Curves(root);const shade={x:1,y:1,width:24,height:12,fill:colorOf("true-posterior"),opacity:.3};
addLegend(root,[["log p(x), exact",lineOf("model",2.5)],["ELBO",lineOf("bound",2.5)],["gap",svg=>draw(svg,"rect",shade)],
["prior p(z)",lineOf("prior",2.5)],["refitted prior",REFITTED]]);const legend=root.lastElementChild;const beside=add(root,
"div",{className:"beside"});const label="The latent plane: the codes of held-out digits, each written as its class, and \
the circles of the prior.";const plane=new WidePlane(beside,{limit:4,label});const side=add(beside,"div",{className:"sid\
e samples live"});const[showSum,showSamples]=[addSum(side),addSamples(side)];const showSettings=addSettings(root,change);
let told;let[waiting,spoken,shared,drawn]=[0,0,0,0];const recorded=rowsOf(data.history??model.get("history")??{});const[
train,heldOut]=[bits(data.train,data.counts[0]),bits(data.held_out,data.counts[1])];const session=new Session({train,heldOut,
recorded,onNews});function onNews(){share();refresh()}function act(what){if(what==="begin"){told=void 0;session.begin(state.
seed)}else session[what]();refresh()}function share(){const now=performance.now();if((session.last?.step??0)===0||session.
running&&now-shared<SHARE)return;shared=now;model.set("history",historyOf(session.rows));model.save_changes()}function refresh(){
if(waiting)return;const frame=()=>{waiting=requestAnimationFrame(show)};const wait=calm()&&session.running?1e3-(performance.
now()-drawn):0;if(wait>0)waiting=setTimeout(frame,wait);else frame()}function show(){waiting=0;if(!root.contains(track.svg))
return;drawn=performance.now();const{rows,ghost,last,news,running}=session;main.textContent=running?"Pause":last?.step?"\
Go on":"Train";track.show(state.weight);curves.show(rows,ghost);drawPlane();if(last){showSum(last);publish(root,{...terms(
last),step:last.step})}if(news)showSamples(news.samples);speak()}function drawPlane(){const{news}=session;const codes=Array.
from(news?.codes??[]);plane.fit(codes);plane.clear();plane.codes(Float64Array.from(codes),[...data.labels]);if(news?.refitted)
plane.gaussian(news.prior.loc,news.prior.scale,REFITTED);else plane.prior()}function speak(){const line=root.querySelector(
".said");const now=performance.now();if(line&&line.previousElementSibling!==legend)legend?.after(line);if(!line||session.
running&&now-spoken<SPEAK)return;spoken=now;line.textContent=describe();told=session.last}function redraw(now){state={...now,
seed:whole("seed",now.seed,0,20),noise:whole("noise",now.noise,0,1)};showWeight(placeOf(state.weight));showSettings(state);
publish(root,state);if(session.seed<0)session.begin(state.seed);session.set({klWeight:state.weight,learningRate:state.learning_rate,
noise:state.noise===1});show();setTimeout(show,RESTED)}const describe=()=>sentence(session,state,told);const hide=()=>{if(document.
hidden)session.hide()};document.addEventListener("visibilitychange",hide);model.on("change:history",()=>{const sent=rowsOf(
model.get("history")??{});const own=sent.length===session.rows.length&&sent.at(-1)?.logP===session.last?.logP;if(own||session.
running)return;session.ghost={rows:sent,name:"recorded run"};refresh()});onLeave(()=>{document.removeEventListener("visi\
bilitychange",hide);session.close()});return{redraw,describe}}var explorable={render(context){let leave=()=>{};const takeDown=explorableOf(
{handles:["weight","learning_rate","seed","noise"],hint:"Press Train: a VAE learns handwritten digits, here in the page.\
 Then set the weight of the KL to 0, press Start again, and Train. The last run stays, pale.",build:place=>build(place,context.
model,act=>{leave=act})}).render(context);return()=>{leave();takeDown()}}};export{explorable as default,showInPage};
