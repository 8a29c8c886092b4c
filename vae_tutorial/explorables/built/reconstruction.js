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
"-","−")};var calm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var addControls=root=>add(root,"div",{className:"con\
trols"});function slider(controls,{label,low,high,step,onInput,words=value=>written(value),spoken=words}){const id=uniqueId(
"slider");add(controls,"label",{htmlFor:id},label);const input=add(controls,"input",{type:"range",id,min:String(low),max:String(
high),step:String(step)});const output=add(controls,"output",{htmlFor:id});input.addEventListener("input",()=>onInput(Number(
input.value)));return value=>{input.value=String(value);output.textContent=words(value);input.setAttribute("aria-valuete\
xt",spoken(value))}}var addPlaces=(controls,{label,names,onInput})=>slider(controls,{label,low:0,high:names.length-1,step:1,
words:place=>names[place],onInput});function onDrag(svg,move){svg.addEventListener("pointerdown",event=>{const handle=event.target.closest(".handle");if(!handle)
return;event.preventDefault();svg.setPointerCapture(event.pointerId);const follow=next=>move(handle.getAttribute("data-h\
andle")??"",next);const stop=()=>svg.removeEventListener("pointermove",follow);svg.addEventListener("pointermove",follow);
svg.addEventListener("pointerup",stop,{once:true});svg.addEventListener("pointercancel",stop,{once:true})})}function glide(from,goals,change){
if(calm())return change(goals);const begin=performance.now();const starts={...from};const step=now=>{const t=Math.max(0,
(now-begin)/330);change(Object.fromEntries(Object.entries(goals).map(([name,goal])=>[name,eased(starts[name],goal,t)])));
if(t<1)requestAnimationFrame(step)};requestAnimationFrame(step)}function addImage(parent,[height,width],name=""){const canvas=add(parent,"canvas",{height,width,className:"image"});if(name)
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
(high-low)*place/(64**digits-1)}return numbers}var pixels=text=>Float64Array.from(text,digit=>parseInt(digit,16)/15);var Plot=class{constructor(parent,{height,xlim,ylim,margin=[8,8,36,8],label}){this.frame=parent;this.svg=draw(parent,"sv\
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
line",{x1:1,x2:25,y1:7,y2:7,...look});entry.append(words)}}var QUANTITIES=["reconstruction","rate","declared","gaussian","mixture"];var terms=row=>Object.fromEntries(QUANTITIES.map(
(name,i)=>[name,row[i]]));var REFITTED={...lineOf("prior",2.5),"stroke-dasharray":"9 3 2 3"};var SHAPE=[8,8];var LINES=[{name:"reconstruction",words:"\
reconstruction",role:"posterior",line:lineOf("posterior",2.5)},{name:"declared",words:"log p(x), prior as declared",role:"\
model",line:lineOf("model",2.5)},{name:"gaussian",words:"log p(x), one Gaussian refitted",role:"prior",line:REFITTED}];function build({
root,data,change}){const models=data.rows.map(seeds=>seeds.map(terms));const last=models.length-1;const show=addPlaces(addControls(
root),{label:"weight of the KL",names:data.weights,onInput:step2=>change({step:step2})});const label=add(root,"label",{className:"\
switch"});const box=add(label,"input",{type:"checkbox"});label.append("refit the prior: one Gaussian, fitted to the code\
s");box.addEventListener("change",()=>change({refitted:box.checked?1:0}));const all=models.flat().flatMap(numbers2=>LINES.
map(({name})=>numbers2[name]));const chart=new Plot(root,{height:268,xlim:[-.5,last+.3],ylim:[Math.floor(Math.min(...all)),
Math.ceil(Math.max(...all))],margin:[8,8,54,34],label:"Over the weight of the KL: the reconstruction term and log p(x) u\
nder two priors, three seeds. The values of the chosen weight stand in the text below."});addLegend(root,LINES.map(({words,
line})=>[words,line]));const beside=add(root,"div",{className:"beside"});const plane=new Plane(beside,{limit:data.limit,
label:"The latent plane: codes of held-out digits and the prior."});const side=add(beside,"div",{className:"side samples"});
const title=add(side,"span");const grid=add(side,"div",{className:"grid"});grid.setAttribute("role","img");const canvases=data.
pictures[0].means.declared.map(()=>addImage(grid,SHAPE));onDrag(chart.svg,(_,event)=>change({step:clamp(Math.round(chart.
valueX(event)),0,last)}));let step=0;let refitted=false;let numbers;function redraw(now){step=whole("step",now.step,0,last);
refitted=whole("refitted",now.refitted,0,1)===1;numbers=models[step][0];show(step);box.checked=refitted;drawChart();drawPlane();
drawSamples();publish(root,numbers)}function drawChart(){chart.clear();const[low,high]=chart.ylim;const level=chart.y(low);
chart.upright(chart.x(step),8,level);for(let tick=low;tick<=high;tick++){chart.level(chart.y(tick),GRID,30);chart.text(27,
chart.y(tick)+4,written(tick,0),{"text-anchor":"end",...MUTED})}for(const line of LINES)drawLine(line);chart.level(level,
{stroke:AXIS},30);models.forEach(([first],i)=>{chart.text(chart.x(i),level+17,data.weights[i],{"text-anchor":"middle",...MUTED});
chart.text(chart.x(i),level+33,written(first.rate,1),{"text-anchor":"middle"})});chart.text(0,level+17,"weight",{class:"\
muted halo"});chart.text(0,level+33,"rate",HALO);chart.text(chart.width-8,level+50,"nats per held-out digit",{"text-anch\
or":"end",...MUTED});const[height,role]=refitted?[numbers.gaussian,"prior"]:[numbers.declared,"model"];chart.handle("ste\
p",chart.x(step),chart.y(height),colorOf(role))}function drawLine({name,role,line}){const group=draw(chart.svg,"g",{opacity:name===
"gaussian"&&!refitted?.35:1});const places=models.map((_,i)=>i);const heights=models.map(([first])=>first[name]);group.append(
chart.line(places,heights,line));models.forEach((seeds,i)=>{seeds.forEach((of,seed)=>{const at={cx:chart.x(i),cy:chart.y(
of[name])};draw(group,"circle",{...at,r:seed?2.5:4,fill:colorOf(role)})})})}function drawPlane(){const{codes,loc,scale_tril:scale}=data.
pictures[step];plane.clear();plane.codes(unpack(codes,-data.limit,data.limit));if(refitted)plane.gaussian(loc,scale.flat(),
REFITTED);else plane.prior();plane.title("dots: codes of held-out digits",refitted?"dashed: refitted prior":"dotted: pri\
or N(0, I)")}function drawSamples(){const words=`Decoder means at ${canvases.length} codes z drawn from ${refitted?"the \
refitted prior":"N(0, I)"}`;title.textContent=`${words}:`;grid.setAttribute("aria-label",words);const images=data.pictures[step].
means[refitted?"gaussian":"declared"];canvases.forEach((canvas,i)=>{paint(canvas,pixels(images[i]))})}function describe(){
const{reconstruction,rate,declared,gaussian,mixture}=numbers;return`Weight ${data.weights[step]}: reconstruction ${written(
reconstruction)}, rate ${written(rate)}. log p(x) ${written(declared)} with the prior as declared, ${written(gaussian)} \
with one Gaussian refitted, ${written(mixture)} with a mixture of 100. Nats per held-out digit, seed 0.`}return{redraw,describe}}
var explorable=explorableOf({handles:["step","refitted"],hint:"Move the weight of the KL from 1, the ELBO, down to 0, re\
construction alone. Watch the codes (dots) leave the prior, and what log p(x) makes of it. Then refit the prior.",build});export{explorable as default,showInPage};
