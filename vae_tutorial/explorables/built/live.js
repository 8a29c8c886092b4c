var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var GRID={stroke:"#e3e\
8ec"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;var lineOf=(role,width=2)=>({
stroke:colorOf(role),"stroke-dasharray":`var(--${role}-dashes)`,"stroke-width":width});var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var linspace=(low,high,count)=>Array.from({length:count},(_,i)=>low+(high-low)*i/(count-1));var softplus=value=>Math.max(value,0)+Math.log1p(Math.exp(-Math.abs(value)));var normalDraw=(random=Math.random)=>Math.sqrt(-2*Math.log(1-random()))*Math.cos(2*Math.PI*random());var eased=(start,goal2,t)=>t>=
1?goal2:start+t*t*(3-2*t)*(goal2-start);function finite(name,value){if(typeof value==="number"&&Number.isFinite(value))return value;throw new Error(`${name} mus\
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
step??[]).map((step,i)=>({step,elbo:history.elbo?.[i]??-Infinity,logP:history.log_prob?.[i]??NaN,reconstruction:history.
reconstruction?.[i]??NaN,rate:history.rate?.[i]??Infinity}));var finiteOrNull=value=>Number.isFinite(value)?value:null;var historyOf=rows=>({
step:rows.map(row=>row.step),elbo:rows.map(row=>finiteOrNull(row.elbo)),log_prob:rows.map(row=>row.logP),reconstruction:rows.
map(row=>row.reconstruction),rate:rows.map(row=>finiteOrNull(row.rate))});var MOST=400;var withRow=(rows,row)=>[...rows.
length<MOST?rows:rows.filter((_,i)=>i===0||i%2===1),row];var MARKS=[0,.1,.3,1,4];function weightAt(place){const i=Math.min(
Math.floor(place),MARKS.length-2);return MARKS[i]+(place-i)*(MARKS[i+1]-MARKS[i])}function placeOf(weight){const above=MARKS.
findIndex((mark,i2)=>i2>0&&weight<=mark);const i=above<0?MARKS.length-2:above-1;return i+(weight-MARKS[i])/(MARKS[i+1]-MARKS[i])}var STEPS=[.25,.125,.0625];var CHANGE=.02;var[NEAR,FAR]=[5,9];var AT_ONCE=2048;var NOTHING=40;var pointOf=({loc,scale:[a,
b,c,d]},u1,u2)=>[loc[0]+a*u1+b*u2,loc[1]+c*u1+d*u2];function distance({loc,scale:[a,,c,d]},[z1,z2]){const u1=(z1-loc[0])/
a;return Math.hypot(u1,(z2-loc[1]-c*u1)/d)}function meanLogProb(decode,lit,prior,farthest){const reach=Math.min(FAR,Math.
max(NEAR,Math.ceil(farthest+1)));let value=Number.NaN;for(const step of STEPS){const[fine,coarse]=onLattice(decode,lit,prior,
2*Math.round(reach/step/2),step);value=fine;if(!(Math.abs(fine-coarse)>CHANGE))break}return value}function onLattice(decode,lit,prior,half,step){
const side=2*half+1;const[fine,coarse]=[lit,lit].map(images=>images.map(()=>new LogSum));const z=new Float32Array(2*AT_ONCE);
const[base,scores]=[new Float64Array(AT_ONCE),new Float64Array(AT_ONCE)];const onCoarse=new Uint8Array(AT_ONCE);for(let first=0;first<
side*side;first+=AT_ONCE){const rows=Math.min(AT_ONCE,side*side-first);for(let row=0;row<rows;row++){const[i,j]=[(first+
row)%side,Math.floor((first+row)/side)];const[u1,u2]=[step*(i-half),step*(j-half)];z.set(pointOf(prior,u1,u2),2*row);base[row]=
-.5*(u1*u1+u2*u2)-Math.log(2*Math.PI);onCoarse[row]=i%2||j%2?0:1}const logits=decode(z,rows);const pixels=logits.length/
rows;for(let row=0;row<rows;row++)base[row]-=softplusSum(logits,row*pixels,pixels);lit.forEach((on,n)=>{for(let row=0;row<
rows;row++){const at=row*pixels;let score=base[row];for(let i=0;i<on.length;i++)score+=logits[at+on[i]];scores[row]=score}
fine[n].add(scores,rows);coarse[n].add(scores,rows,onCoarse)})}const cell=2*Math.log(step);return[meanOf(fine)+cell,meanOf(
coarse)+cell+2*Math.log(2)]}function softplusSum(values,from,count){let[above,product]=[0,1];for(let i=from;i<from+count;i++){
above+=Math.max(values[i],0);product*=1+Math.exp(-Math.abs(values[i]))}return above+Math.log(product)}var LogSum=class{top=-Infinity;total=0;add(scores,count,marked){
let top=this.top;for(let i=0;i<count;i++)if(scores[i]>top&&(!marked||marked[i]))top=scores[i];if(top===-Infinity)return;
let total=this.total*Math.exp(this.top-top);const least=top-NOTHING;for(let i=0;i<count;i++)if(scores[i]>least&&(!marked||
marked[i]))total+=Math.exp(scores[i]-top);[this.top,this.total]=[top,total]}};var meanOf=sums=>sums.reduce((mean,{top,total})=>mean+
(top+Math.log(total))/sums.length,0);var[BETA1,BETA2,EPSILON]=[.9,.999,1e-8];var parameterOf=value=>{const empty=()=>new Float32Array(value.length);return{value,
gradient:empty(),mean:empty(),square:empty()}};var Linear=class{constructor(inputs,outputs,random){const draw2=()=>(2*random()-
1)/Math.sqrt(inputs);this.inputs=inputs;this.outputs=outputs;this.weight=parameterOf(Float32Array.from({length:inputs*outputs},
draw2));this.bias=parameterOf(Float32Array.from({length:outputs},draw2))}forward(x,y,rows){const{inputs,outputs}=this;const[
weight,bias]=[this.weight.value,this.bias.value];let row=0;for(;row+4<=rows;row+=4){const[a,b,c,d]=[row,row+1,row+2,row+
3].map(r=>r*inputs);for(let out=0;out<outputs;out++){const at=out*inputs;let[ya,yb,yc,yd]=[0,0,0,0];for(let i=0;i<inputs;i++){
const w=weight[at+i];ya+=w*x[a+i];yb+=w*x[b+i];yc+=w*x[c+i];yd+=w*x[d+i]}const to=row*outputs+out;y[to]=bias[out]+ya;y[to+
outputs]=bias[out]+yb;y[to+2*outputs]=bias[out]+yc;y[to+3*outputs]=bias[out]+yd}}for(;row<rows;row++){const from=row*inputs;
for(let out=0;out<outputs;out++){const at=out*inputs;let total=bias[out];for(let i=0;i<inputs;i++)total+=weight[at+i]*x[from+
i];y[row*outputs+out]=total}}}backward(x,dy,rows,dx){const{inputs,outputs}=this;const[dWeight,dBias]=[this.weight.gradient.
fill(0),this.bias.gradient.fill(0)];for(let row=0;row<rows;row+=2){const two=row+1<rows;const[a,b]=[row*inputs,(two?row+
1:row)*inputs];for(let out=0;out<outputs;out++){const da=dy[row*outputs+out];const db=two?dy[(row+1)*outputs+out]:0;const at=out*
inputs;dBias[out]+=da+db;for(let i=0;i<inputs;i++)dWeight[at+i]+=da*x[a+i]+db*x[b+i]}}if(dx)this.backwardInput(dy,rows,dx)}backwardInput(dy,rows,dx){
const{inputs,outputs}=this;const weight=this.weight.value;dx.fill(0);for(let row=0;row<rows;row++){const to=row*inputs;let out=0;
for(;out+4<=outputs;out+=4){const from=row*outputs+out;const[d0,d1,d2,d3]=[dy[from],dy[from+1],dy[from+2],dy[from+3]];const at=out*
inputs;for(let i=0;i<inputs;i++)dx[to+i]+=d0*weight[at+i]+d1*weight[at+inputs+i]+d2*weight[at+2*inputs+i]+d3*weight[at+3*
inputs+i]}for(;out<outputs;out++){const d=dy[row*outputs+out];for(let i=0;i<inputs;i++)dx[to+i]+=d*weight[out*inputs+i]}}}};
var Network=class{constructor([inputs,hidden,outputs],random){this.hidden=new Linear(inputs,hidden,random);this.output=new Linear(
hidden,outputs,random);this.room=0;this.activations=new Float32Array(0);this.slopes=new Float32Array(0);this.outputs=new Float32Array(
0)}parameters(){return[this.hidden,this.output].flatMap(({weight,bias})=>[weight,bias])}forward(x,rows){if(rows>this.room){
this.room=rows;this.activations=new Float32Array(rows*this.hidden.outputs);this.slopes=new Float32Array(rows*this.hidden.
outputs);this.outputs=new Float32Array(rows*this.output.outputs)}const{activations,outputs}=this;this.hidden.forward(x,activations,
rows);const count=rows*this.hidden.outputs;for(let i=0;i<count;i++)activations[i]=Math.tanh(activations[i]);this.output.
forward(activations,outputs,rows);return outputs.subarray(0,rows*this.output.outputs)}backward(x,dOutputs,rows,dx){const{
activations,slopes}=this;this.output.backward(activations,dOutputs,rows,slopes);const count=rows*this.hidden.outputs;for(let i=0;i<
count;i++)slopes[i]*=1-activations[i]*activations[i];this.hidden.backward(x,slopes,rows,dx)}};function adam(parameters,learningRate,step){
const[correction1,correction2]=[1-BETA1**step,Math.sqrt(1-BETA2**step)];const size=learningRate/correction1;for(const{value,
gradient,mean,square}of parameters){for(let i=0;i<value.length;i++){mean[i]+=(1-BETA1)*(gradient[i]-mean[i]);square[i]=BETA2*
square[i]+(1-BETA2)*gradient[i]*gradient[i];value[i]-=size*mean[i]/(Math.sqrt(square[i])/correction2+EPSILON)}}}var PIXELS=64;var HIDDEN=64;var BATCH=100;var SAMPLES=8;var NODES=[-2.8569700138728056,-1.355626179974266,0,1.355626179974266,
2.8569700138728056];var WEIGHTS=[.01125741132772069,.2220759220056126,.5333333333333333,.2220759220056126,.01125741132772069];
function uniform(seed){let state=seed>>>0;return()=>{state=state+1831565813>>>0;let t=Math.imul(state^state>>>15,1|state);
t=t+Math.imul(t^t>>>7,61|t)^t;return((t^t>>>14)>>>0)/4294967296}}function precisionOf({scale:[a,b,c,d]}){const[s11,s12,s22]=[
a*a+b*b,a*c+b*d,c*c+d*d];const det=s11*s22-s12*s12;return{p11:s22/det,p12:-s12/det,p22:s11/det,logDet:Math.log(det)}}var Trainer=class{constructor({
train,heldOut,seed}){this.random=uniform(seed);this.train=train;this.heldOut=heldOut;this.encoder=new Network([PIXELS,HIDDEN,
4],this.random);this.decoder=new Network([2,HIDDEN,PIXELS],this.random);this.prior={loc:[0,0],scale:[1,0,0,1]};this.taken=
0;this.order=Uint32Array.from({length:train.length/PIXELS},(_,i)=>i);this.next=this.order.length;this.batch=new Float32Array(
BATCH*PIXELS);this.epsilon=new Float32Array(BATCH*2);this.z=new Float32Array(BATCH*2);this.dz=new Float32Array(BATCH*2);
this.dq=new Float32Array(BATCH*4);this.dLogits=new Float32Array(BATCH*PIXELS);this.lit=Array.from({length:heldOut.length/
PIXELS},(_,n)=>Uint8Array.from({length:PIXELS},(_2,pixel)=>pixel).filter(pixel=>heldOut[n*PIXELS+pixel]>0));const fixed=uniform(
7);this.draws=Array.from({length:SAMPLES},()=>[normalDraw(fixed),normalDraw(fixed)])}parameters(){return[...this.encoder.
parameters(),...this.decoder.parameters()]}step(settings){this.nextBatch();for(let i=0;i<this.epsilon.length;i++)this.epsilon[i]=
normalDraw(this.random);this.gradient(settings);this.taken++;adam(this.parameters(),settings.learningRate,this.taken)}nextBatch(){
const{order,random}=this;if(this.next+BATCH>order.length){this.next=0;for(let i=order.length-1;i>0;i--){const j=Math.floor(
random()*(i+1));[order[i],order[j]]=[order[j],order[i]]}}for(let row=0;row<BATCH;row++){const from=order[this.next++]*PIXELS;
for(let pixel=0;pixel<PIXELS;pixel++)this.batch[row*PIXELS+pixel]=this.train[from+pixel]}}gradient({klWeight,noise}){const{
batch,epsilon,z,dz,dq,dLogits}=this;const q=this.encoder.forward(batch,BATCH);for(let row=0;row<BATCH;row++)for(let k=0;k<
2;k++){const sigma=noise?Math.exp(q[4*row+2+k]):0;z[2*row+k]=q[4*row+k]+sigma*epsilon[2*row+k]}const logits=this.decoder.
forward(z,BATCH);for(let i=0;i<dLogits.length;i++)dLogits[i]=(1/(1+Math.exp(-logits[i]))-batch[i])/BATCH;this.decoder.backward(
z,dLogits,BATCH,dz);const{p11,p12,p22}=precisionOf(this.prior);const share=klWeight/BATCH;for(let row=0;row<BATCH;row++){
const[m1,m2]=[q[4*row]-this.prior.loc[0],q[4*row+1]-this.prior.loc[1]];dq[4*row]=dz[2*row]+share*(p11*m1+p12*m2);dq[4*row+
1]=dz[2*row+1]+share*(p12*m1+p22*m2);for(let k=0;k<2;k++){const sigma=Math.exp(q[4*row+2+k]);const kl=(k?p22:p11)*sigma*
sigma-1;dq[4*row+2+k]=noise?dz[2*row+k]*sigma*epsilon[2*row+k]+share*kl:0}}this.encoder.backward(batch,dq,BATCH)}measure(noise=true){
const reconstruction=this.reconstruction(noise);const rate=noise?this.rate():Infinity;const elbo=reconstruction-rate;return{
step:this.taken,elbo,logP:this.logP(),reconstruction,rate}}reconstruction(noise){const x=this.heldOut;const rows=x.length/
PIXELS;const q=this.encoder.forward(x,rows);const z=new Float32Array(2*rows);const nodes=noise?NODES.flatMap((_,i)=>NODES.
map((_2,j)=>[i,j])):[[2,2]];let total=0;for(const[i,j]of nodes){for(let row=0;row<rows;row++){z[2*row]=q[4*row]+Math.exp(
q[4*row+2])*NODES[i];z[2*row+1]=q[4*row+1]+Math.exp(q[4*row+3])*NODES[j]}const logits=this.decoder.forward(z,rows);let score=0;
for(let at=0;at<logits.length;at++)score+=x[at]*logits[at]-softplus(logits[at]);total+=(noise?WEIGHTS[i]*WEIGHTS[j]:1)*score}
return total/rows}rate(){const rows=this.lit.length;const q=this.encoder.forward(this.heldOut,rows);const{p11,p12,p22,logDet}=precisionOf(
this.prior);let total=0;for(let row=0;row<rows;row++){const[m1,m2]=[q[4*row]-this.prior.loc[0],q[4*row+1]-this.prior.loc[1]];
const[l1,l2]=[q[4*row+2],q[4*row+3]];const spread=p11*(m1*m1+Math.exp(2*l1))+2*p12*m1*m2+p22*(m2*m2+Math.exp(2*l2));total+=
.5*(spread-2+logDet)-l1-l2}return total/rows}logP(){const codes=this.codes();const far=this.lit.reduce((most,_,row)=>Math.
max(most,distance(this.prior,[codes[2*row],codes[2*row+1]])),0);return meanLogProb((z,rows)=>this.decoder.forward(z,rows),
this.lit,this.prior,far)}codes(){const q=this.encoder.forward(this.heldOut,this.lit.length);return Float32Array.from({length:2*
this.lit.length},(_,i)=>q[4*(i>>1)+(i&1)])}samples(){const z=Float32Array.from(this.draws.flatMap(([u1,u2])=>pointOf(this.
prior,u1,u2)));return this.decoder.forward(z,SAMPLES).map(logit=>1/(1+Math.exp(-logit)))}refit(noise=true){const rows=this.
order.length;const q=this.encoder.forward(this.train,rows);const loc=[0,0];for(let row=0;row<rows;row++)for(let k=0;k<2;k++)
loc[k]+=q[4*row+k]/rows;let[s11,s12,s22]=[0,0,0];for(let row=0;row<rows;row++){const[m1,m2]=[q[4*row]-loc[0],q[4*row+1]-
loc[1]];s11+=(m1*m1+(noise?Math.exp(2*q[4*row+2]):0))/rows;s22+=(m2*m2+(noise?Math.exp(2*q[4*row+3]):0))/rows;s12+=m1*m2/
rows}const first=Math.sqrt(s11);this.prior={loc,scale:[first,0,s12/first,Math.sqrt(s22-s12**2/s11)]}}};var EPOCH=4;var OFTEN=10*EPOCH;var SELDOM=5*EPOCH;var measuredAt=step=>step%(step<=OFTEN?EPOCH:SELDOM)===0;function runnerOf(tell,slice){
let trainer;let settings={klWeight:1,noise:true,learningRate:.005};let[run,refitted,until]=[0,false,0];let waiting;function report(event){
if(!trainer)return;const row=trainer.measure(settings.noise);const sound=Number.isFinite(row.logP)&&Number.isFinite(row.
reconstruction)&&!Number.isNaN(row.rate);if(!sound)until=0;const{prior}=trainer;const pictures={codes:trainer.codes(),samples:trainer.
samples()};tell({run,event:sound?event:"broken",row,...pictures,prior,refitted})}function go(){if(!trainer)return;const end=performance.
now()+slice;while(trainer.taken<until&&performance.now()<end){trainer.step(settings);if(trainer.taken===until)report("do\
ne");else if(measuredAt(trainer.taken))report("measure")}waiting=trainer.taken<until?setTimeout(go,0):void 0}function pause(){
clearTimeout(waiting);waiting=void 0;until=0}return message=>{if(message.order==="set")settings=message.settings;else if(message.
order==="begin"){pause();[run,refitted,trainer]=[message.run,false,new Trainer(message)];report("begin")}else if(message.
order==="train"){until=(trainer?.taken??0)+message.steps;waiting??=setTimeout(go,0)}else if(message.order==="refit"){trainer?.
refit(settings.noise);refitted=true;report("refit")}else{pause();if(message.order==="step")trainer?.step(settings);report(
message.order)}}}var weightWords=weight=>String(Number(weight.toFixed(weight<1?3:2)));var number=(value,digits)=>Number.isFinite(value)?written(
value,digits):value>0?"∞":"−∞";var rateWords=rate=>String(Number(rate.toPrecision(2)));function goal(weight){if(weight===
0)return"goal: reconstruction alone";if(weight===1)return"goal: ELBO = reconstruction − rate";const bound=weight<1?" (\
no bound)":"";return`goal: reconstruction − ${weightWords(weight)} × rate${bound}`}var setting=({weight,learning_rate,
seed,noise})=>`weight ${weightWords(weight)}, learning rate ${rateWords(learning_rate)}, seed ${seed}`+(noise?"":", enco\
der without noise");function sentence(session,state,before){const{event,last,seed}=session;if(event==="broken"){return`S\
topped: the numbers have left what a computer can hold (${setting(state)}). Lower the learning rate, then press Start ag\
ain.`}if(!last||last.step===0){const found=last?` log p(x) is ${written(last.logP)}.`:"";return`Not trained yet.${found}\
 Train begins with ${setting(state)}.`}const first=event==="hidden"?"Paused, since this page was in the background. ":"";
const waits=state.seed===seed?"":` Seed ${state.seed} waits for Start again.`;return`${first}Epoch ${epochOf(last)}: ${whatHappened(
session,last,state.weight,before)}${waits}`}var epochOf=({step})=>Math.floor(step/EPOCH);function whatHappened({event,rows,
ghost},row,weight,before){const other=ghost.rows.at(-1);if(event==="refit"&&rows.length>1){const old=rows[rows.length-2];
return`the prior is now one Gaussian, fitted to the codes. log p(x) went from ${written(old.logP)} to ${written(row.logP)}\
; no network has moved, and the reconstruction is what it was.`}if(event==="done"&&other?.step===row.step){return`agains\
t the ${ghost.name}: reconstruction ${difference(row,other,"reconstruction")}, log p(x) ${difference(row,other,"logP")}.${because(
row,weight)}`}const base=before&&before.step<row.step?before:rows[Math.max(0,rows.length-6)];const since=`since epoch ${epochOf(
base)} reconstruction ${difference(row,base,"reconstruction")}, log p(x) ${difference(row,base,"logP")}.`;return`${since}${because(
row,weight)}`}var difference=(now,then,name)=>signed(now[name]-then[name]);function because({logP,elbo,rate},weight){if(rate===
Infinity){return" A code without noise costs an infinite rate, so there is no ELBO. log p(x), into which no encoder ente\
rs, is still there."}if(rate>8&&weight<1){return` The codes leave the prior (rate ${written(rate,1)}); the model is prio\
r and decoder, and log p(x) is what both together give the digits.`}if(rate<.3)return` The rate is ${written(rate)}: the\
 codes say almost nothing about the digit.`;return` The ELBO lies below log p(x) by the gap, ${written(logP-elbo)}: how \
far q is from the true posterior.`}var LEVELS=[-34,-17];var SPAN=1e3;function withBound(rows){const parts=[[]];for(const row of rows){if(Number.isFinite(row.
elbo))parts[parts.length-1].push(row);else parts.push([])}return parts.filter(part=>part.length>1)}var Track=class extends Plot{constructor(parent){
const label="The weight of the KL on an axis with marks at 0, 0.1, 0.3, 1 and 4. The slider below moves it as well.";super(
parent,{height:72,xlim:[0,MARKS.length-1],ylim:[0,1],margin:[28,18,22,18],label})}show(weight){this.clear();this.text(0,
17,goal(weight),{"font-weight":600});this.level(44,{stroke:AXIS,"stroke-width":2});MARKS.forEach((mark,i)=>{this.upright(
this.x(i),38,50,{stroke:AXIS,"stroke-width":2});this.text(this.x(i),69,weightWords(mark),{"text-anchor":"middle",...MUTED})});
this.handle("weight",this.x(placeOf(weight)),44,colorOf("bound"))}};var Curves=class extends Plot{constructor(parent){const label="\
ELBO and exact log p(x) of held-out digits over the steps of training, the gap between them shaded. The values stand bes\
ide the plane and in the text below.";super(parent,{height:236,xlim:[0,SPAN],ylim:LEVELS,margin:[30,16,36,34],label})}show(rows,ghost){
const last=Math.max(rows.at(-1)?.step??0,ghost.rows.at(-1)?.step??0);this.xlim=[0,SPAN*Math.max(1,Math.ceil(last/SPAN))];
this.clear();for(const tick of[-30,-25,-20]){this.level(this.y(tick),GRID);this.text(30,this.y(tick)+4,written(tick,0),{
"text-anchor":"end",...MUTED})}this.foot([0,.25,.5,.75,1].map(share=>share*this.xlim[1]),"steps");this.text(34,this.height-
3,"nats per held-out digit",MUTED);this.run(ghost.rows,.4);this.run(rows,1);this.name(ghost);this.title(rows.at(-1))}run(rows,opacity){
if(rows.length<2)return;const group=draw(this.svg,"g",{opacity});const inside=value=>clamp(value,...LEVELS);const stepsOf=some=>some.
map(({step})=>step);const heights=some=>some.map(({logP})=>inside(logP));for(const part of withBound(rows)){const lower=part.
map(({elbo})=>inside(elbo));const back=this.path(stepsOf(part).reverse(),[...lower].reverse()).slice(1);const gap={fill:colorOf(
"true-posterior"),opacity:.28,stroke:"none"};draw(group,"path",{d:`${this.path(stepsOf(part),heights(part))}L${back}Z`,...gap});
group.append(this.line(stepsOf(part),lower,lineOf("bound",2.5)))}group.append(this.line(stepsOf(rows),heights(rows),lineOf(
"model",2.5)));const last=rows[rows.length-1];const[cx,cy]=[this.x(last.step),this.y(inside(last.logP))];draw(group,"cir\
cle",{cx,cy,r:5,fill:colorOf("model"),stroke:"#fff"})}name({rows,name}){if(rows.length<2)return;const{step,logP}=rows[rows.
length-1];const y=clamp(this.y(logP)-9,42,this.height-48);this.text(this.x(step)-4,y,name,{"text-anchor":"end",class:"mu\
ted halo"})}title(row){if(!row)return;const{logP,elbo,gap}=terms(row);this.text(0,18,`log p(x) ${number(logP,1)} = ELBO ${number(
elbo,1)} + gap ${number(gap,1)}`,HALO);if(row.step===0||!Number.isFinite(elbo)||elbo>LEVELS[0])return;const below={"text\
-anchor":"end",...HALO};this.text(this.x(row.step)-8,this.height-44,"ELBO: far below this axis",row.step>SPAN/2?below:HALO)}};
var WidePlane=class extends Plane{fit(codes){const reach=Math.max(0,...codes.map(Math.abs));this.limit=[4,8,12,16,24,32,
48].find(room=>reach<=room)??64;const ends=[-this.limit,this.limit];[this.xlim,this.ylim]=[ends,ends]}letters(codes,names){
const at=Array.from(names,(_,i)=>i);const x=at.map(i=>this.x(codes[2*i]).toFixed(1)).join(" ");const y=at.map(i=>this.y(
codes[2*i+1]).toFixed(1)).join(" ");draw(draw(this.svg,"g",{class:"codes"}),"text",{x,y},names)}axes(){const[top,,,left]=this.
margin;const ticks=[-3,-2,-1,0,1,2,3].map(i=>i*this.limit/4);this.foot(ticks,"z₁");this.upright(left,top,this.y(-this.
limit),{stroke:AXIS});for(const tick of ticks){this.level(this.y(tick),{stroke:AXIS},left-4,left);this.text(left-7,this.
y(tick)+4,written(tick,0),{"text-anchor":"end",...MUTED})}this.text(2,top+10,"z₂",MUTED)}};var live_default='"use strict";(()=>{var softplus=value=>Math.max(value,0)+Math.log1p(Math.exp(-Math.abs(value)));var no\
rmalDraw=(random=Math.random)=>Math.sqrt(-2*Math.log(1-random()))*Math.cos(2*Math.PI*random());var STEPS=[.25,.125,.0625\
];var CHANGE=.02;var[NEAR,FAR]=[5,9];var AT_ONCE=2048;var NOTHING=40;var pointOf=({loc,scale:[a,b,c,d]},u1,u2)=>[loc[0]+\
a*u1+b*u2,loc[1]+c*u1+d*u2];function distance({loc,scale:[a,,c,d]},[z1,z2]){const u1=(z1-loc[0])/a;return Math.hypot(u1,\
(z2-loc[1]-c*u1)/d)}function meanLogProb(decode,lit,prior,farthest){const reach=Math.min(FAR,Math.max(NEAR,Math.ceil(far\
thest+1)));let value=Number.NaN;for(const step of STEPS){const[fine,coarse]=onLattice(decode,lit,prior,2*Math.round(reac\
h/step/2),step);value=fine;if(!(Math.abs(fine-coarse)>CHANGE))break}return value}function onLattice(decode,lit,prior,hal\
f,step){const side=2*half+1;const[fine,coarse]=[lit,lit].map(images=>images.map(()=>new LogSum));const z=new Float32Arra\
y(2*AT_ONCE);const[base,scores]=[new Float64Array(AT_ONCE),new Float64Array(AT_ONCE)];const onCoarse=new Uint8Array(AT_O\
NCE);for(let first=0;first<side*side;first+=AT_ONCE){const rows=Math.min(AT_ONCE,side*side-first);for(let row=0;row<rows\
;row++){const[i,j]=[(first+row)%side,Math.floor((first+row)/side)];const[u1,u2]=[step*(i-half),step*(j-half)];z.set(poin\
tOf(prior,u1,u2),2*row);base[row]=-.5*(u1*u1+u2*u2)-Math.log(2*Math.PI);onCoarse[row]=i%2||j%2?0:1}const logits=decode(z\
,rows);const pixels=logits.length/rows;for(let row=0;row<rows;row++)base[row]-=softplusSum(logits,row*pixels,pixels);lit\
.forEach((on,n)=>{for(let row=0;row<rows;row++){const at=row*pixels;let score=base[row];for(let i=0;i<on.length;i++)scor\
e+=logits[at+on[i]];scores[row]=score}fine[n].add(scores,rows);coarse[n].add(scores,rows,onCoarse)})}const cell=2*Math.l\
og(step);return[meanOf(fine)+cell,meanOf(coarse)+cell+2*Math.log(2)]}function softplusSum(values,from,count){let[above,p\
roduct]=[0,1];for(let i=from;i<from+count;i++){above+=Math.max(values[i],0);product*=1+Math.exp(-Math.abs(values[i]))}re\
turn above+Math.log(product)}var LogSum=class{top=-Infinity;total=0;add(scores,count,marked){let top=this.top;for(let i=\
0;i<count;i++)if(scores[i]>top&&(!marked||marked[i]))top=scores[i];if(top===-Infinity)return;let total=this.total*Math.e\
xp(this.top-top);const least=top-NOTHING;for(let i=0;i<count;i++)if(scores[i]>least&&(!marked||marked[i]))total+=Math.ex\
p(scores[i]-top);[this.top,this.total]=[top,total]}};var meanOf=sums=>sums.reduce((mean,{top,total})=>mean+(top+Math.log\
(total))/sums.length,0);var[BETA1,BETA2,EPSILON]=[.9,.999,1e-8];var parameterOf=value=>{const empty=()=>new Float32Array\
(value.length);return{value,gradient:empty(),mean:empty(),square:empty()}};var Linear=class{constructor(inputs,outputs,r\
andom){const draw=()=>(2*random()-1)/Math.sqrt(inputs);this.inputs=inputs;this.outputs=outputs;this.weight=parameterOf(F\
loat32Array.from({length:inputs*outputs},draw));this.bias=parameterOf(Float32Array.from({length:outputs},draw))}forward(\
x,y,rows){const{inputs,outputs}=this;const[weight,bias]=[this.weight.value,this.bias.value];let row=0;for(;row+4<=rows;r\
ow+=4){const[a,b,c,d]=[row,row+1,row+2,row+3].map(r=>r*inputs);for(let out=0;out<outputs;out++){const at=out*inputs;let[\
ya,yb,yc,yd]=[0,0,0,0];for(let i=0;i<inputs;i++){const w=weight[at+i];ya+=w*x[a+i];yb+=w*x[b+i];yc+=w*x[c+i];yd+=w*x[d+i\
]}const to=row*outputs+out;y[to]=bias[out]+ya;y[to+outputs]=bias[out]+yb;y[to+2*outputs]=bias[out]+yc;y[to+3*outputs]=bi\
as[out]+yd}}for(;row<rows;row++){const from=row*inputs;for(let out=0;out<outputs;out++){const at=out*inputs;let total=bi\
as[out];for(let i=0;i<inputs;i++)total+=weight[at+i]*x[from+i];y[row*outputs+out]=total}}}backward(x,dy,rows,dx){const{i\
nputs,outputs}=this;const[dWeight,dBias]=[this.weight.gradient.fill(0),this.bias.gradient.fill(0)];for(let row=0;row<row\
s;row+=2){const two=row+1<rows;const[a,b]=[row*inputs,(two?row+1:row)*inputs];for(let out=0;out<outputs;out++){const da=\
dy[row*outputs+out];const db=two?dy[(row+1)*outputs+out]:0;const at=out*inputs;dBias[out]+=da+db;for(let i=0;i<inputs;i+\
+)dWeight[at+i]+=da*x[a+i]+db*x[b+i]}}if(dx)this.backwardInput(dy,rows,dx)}backwardInput(dy,rows,dx){const{inputs,output\
s}=this;const weight=this.weight.value;dx.fill(0);for(let row=0;row<rows;row++){const to=row*inputs;let out=0;for(;out+4\
<=outputs;out+=4){const from=row*outputs+out;const[d0,d1,d2,d3]=[dy[from],dy[from+1],dy[from+2],dy[from+3]];const at=out\
*inputs;for(let i=0;i<inputs;i++)dx[to+i]+=d0*weight[at+i]+d1*weight[at+inputs+i]+d2*weight[at+2*inputs+i]+d3*weight[at+\
3*inputs+i]}for(;out<outputs;out++){const d=dy[row*outputs+out];for(let i=0;i<inputs;i++)dx[to+i]+=d*weight[out*inputs+i\
]}}}};var Network=class{constructor([inputs,hidden,outputs],random){this.hidden=new Linear(inputs,hidden,random);this.ou\
tput=new Linear(hidden,outputs,random);this.room=0;this.activations=new Float32Array(0);this.slopes=new Float32Array(0);\
this.outputs=new Float32Array(0)}parameters(){return[this.hidden,this.output].flatMap(({weight,bias})=>[weight,bias])}fo\
rward(x,rows){if(rows>this.room){this.room=rows;this.activations=new Float32Array(rows*this.hidden.outputs);this.slopes=\
new Float32Array(rows*this.hidden.outputs);this.outputs=new Float32Array(rows*this.output.outputs)}const{activations,out\
puts}=this;this.hidden.forward(x,activations,rows);const count=rows*this.hidden.outputs;for(let i=0;i<count;i++)activati\
ons[i]=Math.tanh(activations[i]);this.output.forward(activations,outputs,rows);return outputs.subarray(0,rows*this.outpu\
t.outputs)}backward(x,dOutputs,rows,dx){const{activations,slopes}=this;this.output.backward(activations,dOutputs,rows,sl\
opes);const count=rows*this.hidden.outputs;for(let i=0;i<count;i++)slopes[i]*=1-activations[i]*activations[i];this.hidde\
n.backward(x,slopes,rows,dx)}};function adam(parameters,learningRate,step){const[correction1,correction2]=[1-BETA1**step\
,Math.sqrt(1-BETA2**step)];const size=learningRate/correction1;for(const{value,gradient,mean,square}of parameters){for(l\
et i=0;i<value.length;i++){mean[i]+=(1-BETA1)*(gradient[i]-mean[i]);square[i]=BETA2*square[i]+(1-BETA2)*gradient[i]*grad\
ient[i];value[i]-=size*mean[i]/(Math.sqrt(square[i])/correction2+EPSILON)}}}var PIXELS=64;var HIDDEN=64;var BATCH=100;va\
r SAMPLES=8;var NODES=[-2.8569700138728056,-1.355626179974266,0,1.355626179974266,2.8569700138728056];var WEIGHTS=[.0112\
5741132772069,.2220759220056126,.5333333333333333,.2220759220056126,.01125741132772069];function uniform(seed){let state\
=seed>>>0;return()=>{state=state+1831565813>>>0;let t=Math.imul(state^state>>>15,1|state);t=t+Math.imul(t^t>>>7,61|t)^t;\
return((t^t>>>14)>>>0)/4294967296}}function precisionOf({scale:[a,b,c,d]}){const[s11,s12,s22]=[a*a+b*b,a*c+b*d,c*c+d*d];\
const det=s11*s22-s12*s12;return{p11:s22/det,p12:-s12/det,p22:s11/det,logDet:Math.log(det)}}var Trainer=class{constructo\
r({train,heldOut,seed}){this.random=uniform(seed);this.train=train;this.heldOut=heldOut;this.encoder=new Network([PIXELS\
,HIDDEN,4],this.random);this.decoder=new Network([2,HIDDEN,PIXELS],this.random);this.prior={loc:[0,0],scale:[1,0,0,1]};t\
his.taken=0;this.order=Uint32Array.from({length:train.length/PIXELS},(_,i)=>i);this.next=this.order.length;this.batch=ne\
w Float32Array(BATCH*PIXELS);this.epsilon=new Float32Array(BATCH*2);this.z=new Float32Array(BATCH*2);this.dz=new Float32\
Array(BATCH*2);this.dq=new Float32Array(BATCH*4);this.dLogits=new Float32Array(BATCH*PIXELS);this.lit=Array.from({length\
:heldOut.length/PIXELS},(_,n)=>Uint8Array.from({length:PIXELS},(_2,pixel)=>pixel).filter(pixel=>heldOut[n*PIXELS+pixel]>\
0));const fixed=uniform(7);this.draws=Array.from({length:SAMPLES},()=>[normalDraw(fixed),normalDraw(fixed)])}parameters(\
){return[...this.encoder.parameters(),...this.decoder.parameters()]}step(settings){this.nextBatch();for(let i=0;i<this.e\
psilon.length;i++)this.epsilon[i]=normalDraw(this.random);this.gradient(settings);this.taken++;adam(this.parameters(),se\
ttings.learningRate,this.taken)}nextBatch(){const{order,random}=this;if(this.next+BATCH>order.length){this.next=0;for(le\
t i=order.length-1;i>0;i--){const j=Math.floor(random()*(i+1));[order[i],order[j]]=[order[j],order[i]]}}for(let row=0;ro\
w<BATCH;row++){const from=order[this.next++]*PIXELS;for(let pixel=0;pixel<PIXELS;pixel++)this.batch[row*PIXELS+pixel]=th\
is.train[from+pixel]}}gradient({klWeight,noise}){const{batch,epsilon,z,dz,dq,dLogits}=this;const q=this.encoder.forward(\
batch,BATCH);for(let row=0;row<BATCH;row++)for(let k=0;k<2;k++){const sigma=noise?Math.exp(q[4*row+2+k]):0;z[2*row+k]=q[\
4*row+k]+sigma*epsilon[2*row+k]}const logits=this.decoder.forward(z,BATCH);for(let i=0;i<dLogits.length;i++)dLogits[i]=(\
1/(1+Math.exp(-logits[i]))-batch[i])/BATCH;this.decoder.backward(z,dLogits,BATCH,dz);const{p11,p12,p22}=precisionOf(this\
.prior);const share=klWeight/BATCH;for(let row=0;row<BATCH;row++){const[m1,m2]=[q[4*row]-this.prior.loc[0],q[4*row+1]-th\
is.prior.loc[1]];dq[4*row]=dz[2*row]+share*(p11*m1+p12*m2);dq[4*row+1]=dz[2*row+1]+share*(p12*m1+p22*m2);for(let k=0;k<2\
;k++){const sigma=Math.exp(q[4*row+2+k]);const kl=(k?p22:p11)*sigma*sigma-1;dq[4*row+2+k]=noise?dz[2*row+k]*sigma*epsilo\
n[2*row+k]+share*kl:0}}this.encoder.backward(batch,dq,BATCH)}measure(noise=true){const reconstruction=this.reconstructio\
n(noise);const rate=noise?this.rate():Infinity;const elbo=reconstruction-rate;return{step:this.taken,elbo,logP:this.logP\
(),reconstruction,rate}}reconstruction(noise){const x=this.heldOut;const rows=x.length/PIXELS;const q=this.encoder.forwa\
rd(x,rows);const z=new Float32Array(2*rows);const nodes=noise?NODES.flatMap((_,i)=>NODES.map((_2,j)=>[i,j])):[[2,2]];let\
 total=0;for(const[i,j]of nodes){for(let row=0;row<rows;row++){z[2*row]=q[4*row]+Math.exp(q[4*row+2])*NODES[i];z[2*row+1\
]=q[4*row+1]+Math.exp(q[4*row+3])*NODES[j]}const logits=this.decoder.forward(z,rows);let score=0;for(let at=0;at<logits.\
length;at++)score+=x[at]*logits[at]-softplus(logits[at]);total+=(noise?WEIGHTS[i]*WEIGHTS[j]:1)*score}return total/rows}\
rate(){const rows=this.lit.length;const q=this.encoder.forward(this.heldOut,rows);const{p11,p12,p22,logDet}=precisionOf(\
this.prior);let total=0;for(let row=0;row<rows;row++){const[m1,m2]=[q[4*row]-this.prior.loc[0],q[4*row+1]-this.prior.loc\
[1]];const[l1,l2]=[q[4*row+2],q[4*row+3]];const spread=p11*(m1*m1+Math.exp(2*l1))+2*p12*m1*m2+p22*(m2*m2+Math.exp(2*l2))\
;total+=.5*(spread-2+logDet)-l1-l2}return total/rows}logP(){const codes=this.codes();const far=this.lit.reduce((most,_,r\
ow)=>Math.max(most,distance(this.prior,[codes[2*row],codes[2*row+1]])),0);return meanLogProb((z,rows)=>this.decoder.forw\
ard(z,rows),this.lit,this.prior,far)}codes(){const q=this.encoder.forward(this.heldOut,this.lit.length);return Float32Ar\
ray.from({length:2*this.lit.length},(_,i)=>q[4*(i>>1)+(i&1)])}samples(){const z=Float32Array.from(this.draws.flatMap(([u\
1,u2])=>pointOf(this.prior,u1,u2)));return this.decoder.forward(z,SAMPLES).map(logit=>1/(1+Math.exp(-logit)))}refit(nois\
e=true){const rows=this.order.length;const q=this.encoder.forward(this.train,rows);const loc=[0,0];for(let row=0;row<row\
s;row++)for(let k=0;k<2;k++)loc[k]+=q[4*row+k]/rows;let[s11,s12,s22]=[0,0,0];for(let row=0;row<rows;row++){const[m1,m2]=\
[q[4*row]-loc[0],q[4*row+1]-loc[1]];s11+=(m1*m1+(noise?Math.exp(2*q[4*row+2]):0))/rows;s22+=(m2*m2+(noise?Math.exp(2*q[4\
*row+3]):0))/rows;s12+=m1*m2/rows}const first=Math.sqrt(s11);this.prior={loc,scale:[first,0,s12/first,Math.sqrt(s22-s12*\
*2/s11)]}}};var EPOCH=4;var OFTEN=10*EPOCH;var SELDOM=5*EPOCH;var measuredAt=step=>step%(step<=OFTEN?EPOCH:SELDOM)===0;f\
unction runnerOf(tell,slice){let trainer;let settings={klWeight:1,noise:true,learningRate:.005};let[run2,refitted,until]\
=[0,false,0];let waiting;function report(event){if(!trainer)return;const row=trainer.measure(settings.noise);const sound\
=Number.isFinite(row.logP)&&Number.isFinite(row.reconstruction)&&!Number.isNaN(row.rate);if(!sound)until=0;const{prior}=\
trainer;const pictures={codes:trainer.codes(),samples:trainer.samples()};tell({run:run2,event:sound?event:"broken",row,.\
..pictures,prior,refitted})}function go(){if(!trainer)return;const end=performance.now()+slice;while(trainer.taken<until\
&&performance.now()<end){trainer.step(settings);if(trainer.taken===until)report("done");else if(measuredAt(trainer.taken\
))report("measure")}waiting=trainer.taken<until?setTimeout(go,0):void 0}function pause(){clearTimeout(waiting);waiting=v\
oid 0;until=0}return message=>{if(message.order==="set")settings=message.settings;else if(message.order==="begin"){pause\
();[run2,refitted,trainer]=[message.run,false,new Trainer(message)];report("begin")}else if(message.order==="train"){unt\
il=(trainer?.taken??0)+message.steps;waiting??=setTimeout(go,0)}else if(message.order==="refit"){trainer?.refit(settings\
.noise);refitted=true;report("refit")}else{pause();if(message.order==="step")trainer?.step(settings);report(message.orde\
r)}}}var SLICE=40;var run=runnerOf(news=>postMessage(news),SLICE);addEventListener("message",({data})=>run(data));})();\n';var SLICE=8;function openPlace(tell){let kept=[];let worker;let send=order=>worker?.postMessage(order);function moveToPage(){
worker?.terminate();worker=void 0;send=runnerOf(tell,SLICE);for(const order of kept??[])send(order);kept=void 0}const address=URL.
createObjectURL(new Blob([live_default],{type:"text/javascript"}));try{worker=new Worker(address);worker.onmessage=({data})=>{
kept=void 0;tell(data)};worker.onerror=()=>{if(kept)moveToPage()}}catch{moveToPage()}return{send(order){kept?.push(order);
send(order)},close(){send({order:"pause"});worker?.terminate();URL.revokeObjectURL(address)}}}var RUN=1e3;var Session=class{constructor({train,heldOut,recorded,onNews,openPlace:openPlace2}){this.digits={train,heldOut};
this.onNews=onNews;this.rows=[];this.ghost={rows:recorded,name:"recorded run"};this.news=void 0;this.running=false;this.
hidden=false;this.event="begin";this.run=0;this.seed=-1;this.weights=new Set;this.settings=void 0;this.place=openPlace2(
news=>this.hear(news))}get last(){return this.rows.at(-1)}begin(seed){if((this.last?.step??0)>0){const[weight]=this.weights;
this.ghost={rows:this.rows,name:this.weights.size===1?`last run, weight ${weight}`:"last run"}}this.rows=[];this.weights=
new Set;this.running=false;this.seed=seed;this.run++;this.place.send({order:"begin",run:this.run,seed,...this.digits})}set(settings){
this.settings=settings;if(this.running)this.note();this.place.send({order:"set",settings})}note(){if(this.settings)this.
weights.add(Number(this.settings.klWeight.toFixed(3)))}train(){this.running=true;this.note();this.place.send({order:"tra\
in",steps:RUN})}pause(){this.running=false;this.place.send({order:"pause"})}hide(){if(!this.running)return;this.pause();
this.hidden=true}step(){this.running=false;this.note();this.place.send({order:"step"})}refit(){this.place.send({order:"r\
efit"})}hear(news){if(news.run!==this.run)return;const{event,row}=news;this.event=event==="pause"&&this.hidden?"hidden":
event;if(event==="pause")this.hidden=false;if(event==="done"||event==="broken")this.running=false;if(event!=="broken"){if(event!==
"refit"&&this.last?.step===row.step)this.rows.pop();this.rows=withRow(this.rows,row);this.news=news}this.onNews()}close(){
this.place.close()}};var REFITTED={...lineOf("prior",2.5),"stroke-dasharray":"9 3 2 3"};var SUM=["reconstruction","− rate","= ELBO","+ gap",
"= log p(x)"];var[PIXELS2,SHAPE,PICTURES]=[64,[8,8],8];var SPEAK=2500;var FIRST=500;var RESTED=200;var SHARE=1e3;function bits(text,count){
const sixes=unpack(text,0,63,1);return Float32Array.from({length:count*PIXELS2},(_,i)=>sixes[Math.floor(i/6)]>>5-i%6&1)}
function addSum(parent){const sum=add(parent,"div",{className:"sum"});const values=SUM.map(words=>{const className=words.
startsWith("=")?"total":"";add(sum,"span",{className},words);return add(sum,"span",{className},"…")});return row=>{const{
reconstruction,rate,elbo,gap,logP}=terms(row);[reconstruction,rate,elbo,gap,logP].forEach((value,i)=>{values[i].textContent=
number(value)})}}function addSamples(parent){add(parent,"span",{className:"title"},"Drawn from the prior, decoded:");const grid=add(
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
let told;let[waiting,resting,spoken,shared,drawn,width]=[0,0,0,0,0,0];const recorded=rowsOf(data.history??model.get("his\
tory")??{});const[train,heldOut]=[bits(data.train,data.counts[0]),bits(data.held_out,data.counts[1])];const session=new Session(
{train,heldOut,recorded,onNews,openPlace});function onNews(){share();refresh()}function act(what){if(what==="begin"){told=
void 0;session.begin(state.seed)}else session[what]();if(what==="train")spoken=performance.now()-SPEAK+FIRST;refresh()}function share(){
const now=performance.now();if((session.last?.step??0)===0||session.running&&now-shared<SHARE)return;shared=now;model.set(
"history",historyOf(session.rows));model.save_changes()}function refresh(){if(waiting)return;const frame=()=>{waiting=requestAnimationFrame(
show)};const wait=calm()&&session.running?1e3-(performance.now()-drawn):0;if(wait>0)waiting=setTimeout(frame,wait);else frame()}
function show(){waiting=0;if(!root.contains(track.svg))return;drawn=performance.now();const{rows,ghost,last,news,running}=session;
main.textContent=running?"Pause":last?.step?"Go on":"Train";curves.show(rows,ghost);drawPlane();if(last){showSum(last);publish(
root,{...terms(last),step:last.step})}if(news)showSamples(news.samples);speak()}function drawPlane(){const{news}=session;
const codes=Array.from(news?.codes??[]);plane.fit(codes);plane.clear();if(news)plane.letters(news.codes,data.labels);if(news?.
refitted)plane.gaussian(news.prior.loc,news.prior.scale,REFITTED);else plane.prior()}function speak(){const line=root.querySelector(
".said");const now=performance.now();if(line&&line.previousElementSibling!==legend)legend?.after(line);if(!line||session.
running&&now-spoken<SPEAK)return;spoken=now;line.textContent=describe();told=session.last}function redraw(now){state={...now,
seed:whole("seed",now.seed,0,20),noise:whole("noise",now.noise,0,1)};track.show(state.weight);showWeight(placeOf(state.weight));
showSettings(state);publish(root,state);if(session.seed<0)session.begin(state.seed);session.set({klWeight:state.weight,learningRate:state.
learning_rate,noise:state.noise===1});if(root.clientWidth!==width)show();width=root.clientWidth;clearTimeout(resting);resting=
setTimeout(rest,RESTED)}function rest(){spoken=0;speak()}const describe=()=>sentence(session,state,told);const hide=()=>{
if(document.hidden)session.hide()};document.addEventListener("visibilitychange",hide);model.on("change:history",()=>{const sent=rowsOf(
model.get("history")??{});const own=sent.length===session.rows.length&&sent.at(-1)?.logP===session.last?.logP;if(own||session.
running)return;session.ghost={rows:sent,name:"recorded run"};refresh()});onLeave(()=>{document.removeEventListener("visi\
bilitychange",hide);session.close()});return{redraw,describe}}var explorable={render(context){let leave=()=>{};const takeDown=explorableOf(
{handles:["weight","learning_rate","seed","noise"],hint:"Press Train: a VAE learns handwritten digits, here in the page.\
 Then set the weight of the KL to 0, press Start again, and Train. The last run stays, pale.",build:place=>build(place,context.
model,act=>{leave=act})}).render(context);return()=>{leave();takeDown()}}};export{explorable as default,showInPage};
