var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;var lineOf=(role,width=2)=>({
stroke:colorOf(role),"stroke-dasharray":`var(--${role}-dashes)`,"stroke-width":width});var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var linspace=(low,high,count)=>Array.from({length:count},(_,i)=>low+(high-low)*i/(count-1));var softplus=value=>Math.max(value,0)+Math.log1p(Math.exp(-Math.abs(value)));var sigmoid=logit=>1/(1+Math.exp(-logit));var normalDraw=(random=Math.
random)=>Math.sqrt(-2*Math.log(1-random()))*Math.cos(2*Math.PI*random());var eased=(start,goal,t)=>t>=1?goal:start+t*t*(3-
2*t)*(goal-start);function finite(name,value){if(typeof value==="number"&&Number.isFinite(value))return value;throw new Error(`${name} mus\
t be a finite number, and is ${value}`)}function whole(name,value,low,high){if(Number.isInteger(value)&&value>=low&&value<=
high)return value;throw new Error(`${name} must be a whole number from ${low} to ${high}, and is ${value}`)}var written=(value,digits=2)=>{const text=value.toFixed(digits);return(Number(text)===0?text.replace("-",""):text).replace(
"-","−")};var calm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var addControls=root=>add(root,"div",{className:"con\
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
const t=Math.max(0,(now-begin)/330);change(Object.fromEntries(Object.entries(goals).map(([name,goal])=>[name,eased(starts[name],
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
line",{x1:1,x2:25,y1:7,y2:7,...look});entry.append(words)}}function decoderOf(steps){const layers=steps.map(step=>step.kind==="linear"?linear(step):ACTIVATIONS[step.kind]);return z=>layers.
reduce((values,layer)=>layer(values),new Float64Array(z))}var ACTIVATIONS={tanh:values=>values.map(Math.tanh),relu:values=>values.
map(value=>Math.max(0,value))};function linear({size:[rows,columns],scale,numbers:text}){const numbers=unpack(text,-scale,
scale,4);if(numbers.length!==rows*columns){throw new Error(`a layer of the decoder must hold ${rows*columns} numbers, an\
d holds ${numbers.length}`)}return values=>{const output=new Float64Array(rows);for(let row=0;row<rows;row++){const start=row*
columns;let sum=numbers[start+columns-1];for(let i=0;i<columns-1;i++)sum+=numbers[start+i]*values[i];output[row]=sum}return output}}
var logLikelihood=(image,logits)=>logits.reduce((sum,logit,i)=>sum+image[i]*logit-softplus(logit),0);function addStrip(root,images,{shape,names,onChoose}){const strip=add(root,"fieldset",{className:"strip"});add(strip,"le\
gend",{},"Choose an image x:");const name=uniqueId("images");const inputs=images.map((image,i)=>{const label=add(strip,"\
label");const input=add(label,"input",{type:"radio",name});input.setAttribute("aria-label",`image ${i+1}${names[i]?`, la\
belled ${names[i]}`:""}`);paint(addImage(label,shape),image);input.addEventListener("change",()=>onChoose(i));return input});
return chosen=>{inputs[chosen].checked=true}}function addPicture(parent,shape,name,words){const figure=add(parent,"div",
{className:"picture"});const canvas=addImage(figure,shape,name);add(figure,"span",{},words);return{canvas,note:add(figure,
"span",{className:"note"})}}function addNames(root,count,firstName){const swatch=svg=>{const group=draw(svg,"g",{class:"\
codes"});if(firstName)draw(group,"text",{x:13,y:7},firstName);else draw(group,"path",{d:"M8,7h0M18,7h0"})};const region=svg=>{
draw(svg,"rect",{x:1,y:2,width:24,height:10,fill:colorOf("true-posterior"),opacity:.6})};addLegend(root,[["prior p(z)",lineOf(
"prior",2.5)],["true posterior p(z|x): 50, 90, 99%",region],["q(z|x)",lineOf("posterior",2.5)],...count?[[`codes of ${count}\
 images`,swatch]]:[]])}function build({root,data,change,glide:glide2}){const decode=decoderOf(data.decoder);const images=data.
images.map(text=>Float64Array.from(text,Number));const codes=unpack(data.codes,-data.limit,data.limit);const choose=addStrip(
root,images,{shape:data.shape,names:data.names,onChoose:image=>change({image})});const beside=add(root,"div",{className:"\
beside"});const plane=new Plane(beside,{limit:data.limit,label:"The latent plane: circles of the prior, codes, the true \
posterior of the chosen image, q's ellipse, and z. The values stand in the text below."});const side=add(beside,"div",{className:"\
side"});const drawn=addPicture(side,data.shape,"What the decoder draws at z","decoder at z:");drawn.note.textContent="pr\
obabilities of black";const chosen=addPicture(side,data.shape,"The chosen image x","image x");addNames(root,codes.length/
2,data.codeNames[0]);const low=5*Math.floor((Math.min(...data.terms.map(row=>row[1]))-1)/5);const high=5*Math.ceil((Math.
max(...data.terms.map(row=>row[0]))+1)/5);const bars=new Plot(root,{height:128,xlim:[low,Math.min(0,high)],ylim:[0,2],label:"\
Two bars on an axis of nats: log p(x); ELBO and gap. The values stand in the text below."});const controls=addControls(root);
const ends={low:-data.limit,high:data.limit,step:.01};const show={z1:slider(controls,{label:"z₁",...ends,onInput:z1=>change(
{z1})}),z2:slider(controls,{label:"z₂",...ends,onInput:z2=>change({z2})})};const inPlane=value=>clamp(value,-data.limit,
data.limit);const goTo=([z1,z2])=>glide2({z1:inPlane(z1),z2:inPlane(z2)});addButton(root,"z to the mean of q",()=>goTo(posterior.
loc));addButton(root,"z from the prior",()=>goTo([normalDraw(),normalDraw()]));const follow=event=>change({z1:inPlane(plane.
valueX(event)),z2:inPlane(plane.valueY(event))});onDrag(plane.svg,(_,event)=>follow(event));plane.svg.addEventListener("\
click",follow);let state;let posterior;let numbers;let handle;let scene="";function redraw(now){state=now;const image=whole(
"image",state.image,0,images.length-1);posterior=data.posteriors[image];const logits=decode([state.z1,state.z2]);const[logP,
elbo,gap]=data.terms[image];numbers={logP,elbo,gap,logLik:logLikelihood(images[image],logits)};const next=`${root.clientWidth}\
 ${image}`;if(scene!==next){drawPlane();drawBars();choose(image);paint(chosen.canvas,images[image])}scene=next;paint(drawn.
canvas,logits.map(sigmoid));chosen.note.textContent=`log p(x|z) = ${written(numbers.logLik,1)}`;handle.setAttribute("tra\
nsform",`translate(${plane.point(inPlane(state.z1),inPlane(state.z2))})`);show.z1(state.z1);show.z2(state.z2);publish(root,
numbers)}function drawPlane(){plane.clear();plane.codes(codes,data.codeNames);const green=colorOf("true-posterior");const look={
fill:green,"fill-opacity":.35,"fill-rule":"evenodd",stroke:green,"stroke-width":.8};for(const lines of posterior.contours)
draw(plane.svg,"path",{d:plane.outlines(lines),...look});plane.prior();plane.gaussian(posterior.loc,posterior.scale,lineOf(
"posterior",2.5));handle=plane.handle("z",0,0);draw(handle,"text",{x:13,y:-8,...HALO},"z")}function drawBars(){bars.clear();
const{logP,elbo,gap}=numbers;const[left,right]=bars.xlim;bars.bars([{title:`log p(x) ${written(logP)}`,parts:[[left,logP,
{fill:colorOf("model"),opacity:.75}]]},{title:`ELBO ${written(elbo)} + gap ${written(gap)}`,parts:[[left,elbo,{fill:colorOf(
"bound"),opacity:.75}],[elbo,elbo+gap,{fill:colorOf("true-posterior"),opacity:.5}]]}],{first:22,step:44,height:20,reference:logP,
from:16,to:92});const step=right-left>50?20:5;const count=Math.floor((right-left)/step)+1;const ticks=Array.from({length:count},
(_,i)=>right-i*step);bars.foot(ticks,"nats")}function describe(){const{logP,elbo,gap,logLik}=numbers;return`Image ${state.
image+1}: log p(x) ${written(logP)} = ELBO ${written(elbo)} + gap ${written(gap)}. At z = (${written(state.z1)}, ${written(
state.z2)}), log p(x|z) = ${written(logLik)}. In nats.`}return{redraw,describe}}var explorable=explorableOf({handles:["z\
1","z2","image"],hint:"Drag z: the decoder, running in this page, draws what this code stands for. Choose another image \
x: green is where its code may be, the true posterior; dashed is the encoder’s guess q; their mismatch is the gap.",build});export{explorable as default,showInPage};
