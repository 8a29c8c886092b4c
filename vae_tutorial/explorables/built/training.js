var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var GRID={stroke:"#e3e\
8ec"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;var lineOf=(role,width=2)=>({
stroke:colorOf(role),"stroke-dasharray":`var(--${role}-dashes)`,"stroke-width":width});var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var linspace=(low,high,count)=>Array.from({length:count},(_,i)=>low+(high-low)*i/(count-1));var eased=(start,goal,t)=>t>=1?goal:start+t*t*(3-2*t)*(goal-start);var nearest=(values,value)=>values.reduce((best,other,i)=>Math.
abs(other-value)<Math.abs(values[best]-value)?i:best,0);function ends(values){const[low,high]=[Math.min(...values),Math.
max(...values)];const room=.06*(high-low||1);return[low===0?0:low-room,high+room]}function ticks([low,high]){const rough=(high-
low)/4;const power=10**Math.floor(Math.log10(rough));const step=power*([1,2,5].find(factor=>factor*power>=rough)??10);const values=[];
for(let tick=Math.ceil(low/step);tick*step<=high+1e-9;tick++)values.push(tick*step);return{values,digits:Math.max(0,-Math.
floor(Math.log10(step)+1e-9))}}function finite(name,value){if(typeof value==="number"&&Number.isFinite(value))return value;
throw new Error(`${name} must be a finite number, and is ${value}`)}function whole(name,value,low,high){if(Number.isInteger(
value)&&value>=low&&value<=high)return value;throw new Error(`${name} must be a whole number from ${low} to ${high}, and\
 is ${value}`)}var written=(value,digits=2)=>{const text=value.toFixed(digits);return(Number(text)===0?text.replace("-",""):text).replace(
"-","−")};var signed=value=>(value<0?"":"+")+written(value);var calm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var addControls=root=>add(root,"div",{className:"con\
trols"});function slider(controls,{label,low,high,step,onInput,words=value=>written(value),spoken=words}){const id=uniqueId(
"slider");add(controls,"label",{htmlFor:id},label);const input=add(controls,"input",{type:"range",id,min:String(low),max:String(
high),step:String(step)});const output=add(controls,"output",{htmlFor:id});input.addEventListener("input",()=>onInput(Number(
input.value)));return value=>{input.value=String(value);output.textContent=words(value);input.setAttribute("aria-valuete\
xt",spoken(value))}}var addPlaces=(controls,{label,names,onInput})=>slider(controls,{label,low:0,high:names.length-1,step:1,
words:place=>names[place],onInput});function addButton(root,words,act){const button=add(root,"button",{type:"button"},words);
button.addEventListener("click",act);return button}function onDrag(svg,move){svg.addEventListener("pointerdown",event=>{
const handle=event.target.closest(".handle");if(!handle)return;event.preventDefault();svg.setPointerCapture(event.pointerId);
const follow=next=>move(handle.getAttribute("data-handle")??"",next);const stop=()=>svg.removeEventListener("pointermove",
follow);svg.addEventListener("pointermove",follow);svg.addEventListener("pointerup",stop,{once:true});svg.addEventListener(
"pointercancel",stop,{once:true})})}function glide(from,goals,change2){if(calm())return change2(goals);const begin=performance.
now();const starts={...from};const step=now=>{const t=Math.max(0,(now-begin)/330);change2(Object.fromEntries(Object.entries(
goals).map(([name,goal])=>[name,eased(starts[name],goal,t)])));if(t<1)requestAnimationFrame(step)};requestAnimationFrame(
step)}var explorableOf=figure=>({render:context=>mount(context,figure)});function mount({model,el},{handles,hint,build:build2}){
const root=add(el,"div",{className:"explorable"});for(const[name,color]of Object.entries(model.get("_colors")))root.style.
setProperty(`--${name}`,color);for(const[name,dashes]of Object.entries(model.get("_dashes")))root.style.setProperty(`--${name}\
-dashes`,dashes);add(root,"p",{},hint);const state=()=>Object.fromEntries(handles.map(name=>[name,finite(name,model.get(
name))]));const change2=changes=>{for(const[name,value]of Object.entries(changes))model.set(name,value);model.save_changes()};
const broken=error=>{root.replaceChildren();add(root,"p",{className:"broken"},`This figure cannot be drawn: ${error instanceof
Error?error.message:error}`)};try{const go=goals=>glide(state(),goals,change2);const{redraw,describe}=build2({root,data:model.
get("_data"),change:change2,glide:go});const say=speaker(add(root,"p",{className:"said",role:"status"}));let waiting=0;const update=()=>{
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
words)}foot(ticks2,name){const y=this.height-this.margin[2];this.level(y);for(const tick of ticks2){this.upright(this.x(
tick),y,y+4,{stroke:AXIS});this.text(this.x(tick),y+17,written(tick,0),{"text-anchor":"middle",...MUTED})}this.text(this.
width-this.margin[1],y+33,name,{"text-anchor":"end",...MUTED})}handle(name,cx,cy,color=INK){const group=draw(this.svg,"g",
{class:"handle","data-handle":name});draw(group,"circle",{cx,cy,r:22,fill:"transparent"});draw(group,"circle",{cx,cy,r:8,
fill:"#fff",stroke:color,"stroke-width":3});return group}handleInside(name,cx,cy,color){return this.handle(name,clamp(cx,
10,this.width-10),Math.max(cy,12),color)}legend(entries){entries.forEach(([words,line],i)=>{this.level(12+18*i,line,6,36);
this.text(42,16+18*i,words)})}bars(bars,{first,step,height,reference,from,to,look={}}){const at=value=>this.x(clamp(value,
...this.xlim));const rise=Math.floor(height/4);bars.forEach(({parts,beyond},row)=>{const y=first+step*row;for(const[start,
end,attributes]of parts){const[x,width]=[at(start),at(end)-at(start)];if(width>.2)draw(this.svg,"rect",{x,y,width,height,
stroke:"#333","stroke-width":.6,...attributes})}if(beyond)this.text(at(-Infinity)+4,y+height-rise,beyond,look)});this.upright(
at(reference),from,to);bars.forEach(({title},row)=>{this.text(at(-Infinity),first+step*row-rise,title,HALO)})}stripes(role){
const id=uniqueId("stripes");const size={width:7,height:7};const placed={patternUnits:"userSpaceOnUse",patternTransform:"\
rotate(45)"};const pattern=draw(draw(this.svg,"defs"),"pattern",{id,...size,...placed});draw(pattern,"rect",{...size,fill:"\
#fff"});draw(pattern,"rect",{...size,width:3.5,fill:colorOf(role)});return`url(#${id})`}};var TURNS=linspace(0,2*Math.PI,65);var Plane=class extends Plot{constructor(parent,{limit,label}){const frame=add(parent,
"div",{className:"plane"});super(frame,{height:0,xlim:[-limit,limit],ylim:[-limit,limit],margin:[8,8,36,26],label});this.
limit=limit}clear(){const[top,right,bottom,left]=this.margin;const width=Math.max(200,this.frame.clientWidth);this.resize(
width,width-left-right+top+bottom);this.axes()}axes(){const[top,,,left]=this.margin;const step=this.limit>5?2:1;const count=Math.
floor(this.limit/step);const ticks2=Array.from({length:2*count+1},(_,i)=>(i-count)*step);this.foot(ticks2,"z₁");this.upright(
left,top,this.y(-this.limit),{stroke:AXIS});for(const tick of ticks2){this.level(this.y(tick),{stroke:AXIS},left-4,left);
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
line",{x1:1,x2:25,y1:7,y2:7,...look});entry.append(words)}}var terms=({elbo,logP})=>logP.map((value,i)=>({elbo:elbo[i],logP:value,gap:value-elbo[i]}));var change=(now,before)=>({elbo:now.
elbo-before.elbo,logP:now.logP-before.logP,gap:now.gap-before.gap});var MOVED={stroke:"#5b6672","stroke-width":1,fill:"none"};function movedCode(svg){const group=draw(svg,"g",{class:"codes"});
draw(group,"path",{d:"M3,7L22,7","stroke-width":1,opacity:.6});draw(group,"path",{d:"M22,7h0"})}function build({root,data,
change:change2}){const{epochs,labels}=data;const last=epochs.length-1;const numbers=terms(data);const[elbo,logP,gap]=[data.
elbo,data.logP,numbers.map(row=>row.gap)];const codes=data.codes.map(text=>unpack(text,-data.limit,data.limit));const show=addPlaces(
addControls(root),{label:"epoch",names:epochs.map(String),onInput:step2=>change2({step:step2})});const button=addButton(
root,"Play",play);const beside=add(root,"div",{className:"beside"});const plane=new Plane(beside,{limit:data.limit,label:"\
The latent plane: circles of the prior, and the codes at the chosen epoch."});const side=add(beside,"div",{className:"si\
de curves"});const common={xlim:[epochs[0],epochs[last]],margin:[22,10,22,34]};const curves=new Plot(side,{...common,height:220,
ylim:ends([...elbo,...logP]),label:"ELBO and log p(x) over the epochs. The values of the chosen epoch stand in the text \
below."});const below=new Plot(side,{...common,height:150,ylim:ends([0,...gap]),label:"The gap over the epochs, on a sca\
le of its own."});addLegend(root,[["log p(x)",lineOf("model",2.5)],["ELBO",lineOf("bound",2.5)],["gap",lineOf("true-post\
erior",2.5)],["prior p(z)",lineOf("prior",2.5)],["codes, with a line from where each was before",movedCode]]);for(const plot of[
curves,below]){onDrag(plot.svg,(_,event)=>change2({step:nearest(epochs,plot.valueX(event))}))}let step=0;let playing=0;function play(){
if(playing)return stop();if(calm())return change2({step:last});if(step===last)change2({step:0});button.textContent="Stop";
playing=setInterval(()=>step<last&&root.isConnected?change2({step:step+1}):stop(),500)}function stop(){clearInterval(playing);
playing=0;button.textContent="Play"}function redraw(now){step=whole("step",now.step,0,last);show(step);drawPlane();drawCurves();
publish(root,numbers[step])}function drawPlane(){plane.clear();const[before,after]=[codes[Math.max(0,step-1)],codes[step]];
let d="";for(let i=0;i<after.length;i+=2){d+=`M${plane.point(before[i],before[i+1])}L${plane.point(after[i],after[i+1])}`}
draw(plane.svg,"path",{d,...MOVED,opacity:.35});plane.codes(after,labels);plane.prior();plane.title(`epoch ${epochs[step]}`)}
function drawCurves(){const now=numbers[step];begin(curves,`log p(x) ${written(now.logP)}, ELBO ${written(now.elbo)}`);curves.
line(epochs,logP,lineOf("model",2.5));curves.line(epochs,elbo,lineOf("bound",2.5));mark(curves,now.logP,"model");begin(below,
`gap ${written(now.gap)} nats, magnified`);below.area(epochs,gap,{fill:colorOf("true-posterior"),opacity:.2});below.line(
epochs,gap,lineOf("true-posterior",2.5));mark(below,now.gap,"true-posterior")}function begin(plot,title){plot.clear();const{
values,digits}=ticks(plot.ylim);for(const tick of values){plot.level(plot.y(tick),GRID);plot.text(30,plot.y(tick)+4,written(
tick,digits),{"text-anchor":"end",...MUTED})}plot.text(34,14,title);plot.foot(ticks(plot.xlim).values,"")}function mark(plot,value,role){
const x=plot.x(epochs[step]);plot.upright(x,22,plot.height-22);plot.handle("step",x,plot.y(value),colorOf(role))}function describe(){
const now=numbers[step];const words=`Epoch ${epochs[step]}: log p(x) ${written(now.logP)} = ELBO ${written(now.elbo)} + \
gap ${written(now.gap)}.`;if(step===0)return`${words} Mean over the images, in nats.`;const since=change(now,numbers[step-
1]);return`${words} Since epoch ${epochs[step-1]}: ELBO ${signed(since.elbo)}, log p(x) ${signed(since.logP)}, gap ${signed(
since.gap)}. In nats.`}return{redraw,describe}}var explorable=explorableOf({handles:["step"],hint:"Move through the epoc\
hs of a training run, or let it play. How do the codes spread, what rises, and does the gap close?",build});export{explorable as default,showInPage};
