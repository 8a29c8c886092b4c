var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;var lineOf=(role,width=2)=>({
stroke:colorOf(role),"stroke-dasharray":`var(--${role}-dashes)`,"stroke-width":width});var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var sum=values=>values.reduce((total,value)=>total+value,
0);var mean=values=>sum(values)/values.length;var linspace=(low,high,count)=>Array.from({length:count},(_,i)=>low+(high-
low)*i/(count-1));var logNormal=(x,loc,scale)=>-.5*((x-loc)/scale)**2-Math.log(scale)-.5*Math.log(2*Math.PI);function gaussianMean(f,loc,scale){const nodes=linspace(-8,8,257);const weights=nodes.map(t=>Math.exp(-.5*t*t));const total=sum(
weights);return nodes.reduce((found,t,i)=>found+weights[i]/total*f(loc+scale*t),0)}var eased=(start,goal,t)=>t>=1?goal:start+t*t*(3-2*t)*(goal-start);function finite(name,value){if(typeof value==="number"&&Number.isFinite(value))return value;throw new Error(`${name} mus\
t be a finite number, and is ${value}`)}var written=(value,digits=2)=>{const text=value.toFixed(digits);return(Number(text)===0?text.replace("-",""):text).replace(
"-","−")};var added=value=>`${Number(value.toFixed(2))<0?"−":"+"} ${written(Math.abs(value))}`;var calm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var addControls=root=>add(root,"div",{className:"con\
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
goal,t)])));if(t<1)requestAnimationFrame(step)};requestAnimationFrame(step)}var explorableOf=figure=>({render:context=>mount(context,figure)});function mount({model,el},{handles,hint,build:build2}){
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
ready="";place.replaceChildren();explorable2.render({model,el:place})}var Plot=class{constructor(parent,{height,xlim,ylim,margin=[8,8,36,8],label}){this.frame=parent;this.svg=draw(parent,"sv\
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
...size,width:3.5,fill:colorOf(role)});return`url(#${id})`}};var TRUTH=2;function chosen(samples,{sample,size}){const points=samples[sample-1]?.slice(0,size);if(points?.length===size&&
size>=2)return points;throw new Error(`sample must be a whole number from 1 to 5 and size one from 2 to 40, and they are\
 ${sample} and ${size}`)}function fitted(points){const loc=mean(points);return{loc,scale:Math.sqrt(mean(points.map(x=>(x-
loc)**2)))}}function terms({loc,scale},points){const ceiling=-Math.log(TRUTH)-.5*Math.log(2*Math.PI)-.5;const kl=Math.log(
scale/TRUTH)+(TRUTH**2+loc**2)/(2*scale**2)-.5;const expected=gaussianMean(x=>logNormal(x,loc,scale),0,TRUTH);const average=mean(
points.map(x=>logNormal(x,loc,scale)));const truth=mean(points.map(x=>logNormal(x,0,TRUTH)));return{ceiling,kl,expected,
average,truth}}var[LOW,HIGH]=[-4.5,-.5];var FLOOR=-5.5;var RANGE=[-7.5,7.5];var withinLoc=loc=>clamp(loc,-5,5);var withinScale=scale=>clamp(
scale,.4,6);function build({root,data,change,glide:glide2}){const curves=new Plot(root,{height:150,xlim:RANGE,ylim:[0,.4],
margin:[8,8,0,8],label:"Densities over x: the truth, filled, and the model. The points of the sample lie on the axis."});
const stems=new Plot(root,{height:190,xlim:RANGE,ylim:[FLOOR,0],margin:[0,8,36,8],label:"Under each point a stem as long\
 as minus its log density under the model; two level lines: the average of the points, and the ceiling. The values stand\
 in the text below."});const bars=new Plot(root,{height:190,xlim:[LOW,HIGH],ylim:[0,3],label:"Three bars on an axis of n\
ats, with the ceiling as a line: the model on fresh data, the model on these points, the truth on these points. The valu\
es stand in the text below."});const controls=addControls(root);const step=.01;const show={loc:slider(controls,{label:"m\
ean of the model",low:-5,high:5,step,onInput:loc=>change({loc})}),scale:slider(controls,{label:"width of the model",low:.4,
high:6,step,onInput:scale=>change({scale})}),size:slider(controls,{label:"number of points",low:2,high:40,step:1,words:String,
onInput:size=>change({size})})};addButton(root,"Fit to the points",()=>{const{loc,scale}=fitted(points);glide2({loc:withinLoc(
loc),scale:withinScale(scale)})});addButton(root,"Another sample",()=>change({sample:(state.sample+2)%data.samples.length+
1}));addButton(root,"Take the truth",()=>glide2({loc:0,scale:TRUTH}));onDrag(curves.svg,(name,event)=>{const x=curves.valueX(
event);if(name==="loc")change({loc:withinLoc(x)});else change({scale:withinScale(Math.abs(x-state.loc))})});let state;let points;
let numbers;function redraw(now){state=now;points=chosen(data.samples,state);numbers=terms(state,points);show.loc(state.
loc);show.scale(state.scale);show.size(state.size);publish(root,numbers);drawCurves();drawStems();drawBars()}function drawCurves(){
const{loc,scale}=state;const x=linspace(...RANGE,301);const truth=x.map(t=>Math.exp(logNormal(t,0,TRUTH)));const peak=Math.
exp(logNormal(loc,loc,scale));const top=1.2*clamp(peak,.25,1);const model=x.map(t=>Math.min(top,Math.exp(logNormal(t,loc,
scale))));curves.ylim=[0,top];curves.clear();curves.area(x,truth,{fill:colorOf("data"),opacity:.18});curves.line(x,truth,
lineOf("data",1.5));curves.line(x,model,lineOf("model",2.5));curves.legend([["truth",lineOf("data",1.5)],["model",lineOf(
"model",2.5)]]);curves.level(curves.y(0),{stroke:AXIS});handle("loc",loc,Math.min(top,peak));handle("scale",loc+scale,Math.
min(top,peak)*Math.exp(-.5))}function handle(name,x,height){const y=Math.min(curves.y(height),curves.y(0)-14);curves.handleInside(
name,curves.x(x),y,colorOf("model"))}function drawStems(){stems.clear();for(const tick of[-1,-3,-4,-5])stems.level(stems.
y(tick),{stroke:"#e4e4e4"});stems.text(stems.x(RANGE[1]),stems.y(-5)-4,`${written(-5,0)} nats`,{"text-anchor":"end",...MUTED});
for(const point of points)drawStem(point);const{ceiling,average}=numbers;const above=average>ceiling;level(ceiling,`ceil\
ing ${written(ceiling)}`,!above,REFERENCE,"end");level(average,`average ${written(average)}`,above&&average<-1,lineOf("m\
odel",2.5),"start");stems.foot([-6,-4,-2,0,2,4,6],"x")}function drawStem(point){const score=logNormal(point,state.loc,state.
scale);const[x,top,end]=[stems.x(point),stems.y(0),stems.y(Math.max(score,FLOOR))];const look={...lineOf("model"),class:"\
stem","data-score":score,opacity:.75};stems.upright(x,top,end,look);draw(stems.svg,"rect",{x:x-4,y:top-4,width:8,height:8,
fill:colorOf("data"),stroke:"#fff"});const fill=colorOf("model");if(score>FLOOR)draw(stems.svg,"circle",{cx:x,cy:end,r:3.5,
fill});else draw(stems.svg,"path",{d:`M${x-5},${end-9}h10l-5,9z`,fill})}function level(value,words,above,line,anchor){const y=stems.
y(Math.max(value,FLOOR));stems.level(y,line);const x=stems.x(RANGE[anchor==="end"?1:0]);stems.text(x,above||value<FLOOR?
y-6:y+15,words,{"text-anchor":anchor,...HALO})}function drawBars(){bars.clear();const{ceiling,kl,expected,average,truth}=numbers;
const paint=(role,opacity)=>({fill:colorOf(role),"fill-opacity":opacity});const beyond=total=>total<LOW?"‹ it ends farth\
er left":"";bars.bars([{title:`fresh data: ${written(expected)} = ceiling − KL ${written(kl)}`,parts:[[LOW,expected,paint(
"model",.75)],[expected,ceiling,paint("model",.2)]],beyond:beyond(expected)},{title:`these ${state.size} points: ${written(
average)} = truth ${added(average-truth)}`,parts:[[LOW,Math.min(average,truth),paint("model",.75)],[truth,average,{fill:bars.
stripes("model")}]],beyond:beyond(average)},{title:`truth on them: ${written(truth)} = ceiling ${added(truth-ceiling)} l\
uck`,parts:[[LOW,Math.min(truth,ceiling),paint("data",.6)],[ceiling,truth,{fill:bars.stripes("data")}]],beyond:beyond(truth)}],
{first:38,step:40,height:18,reference:ceiling,from:18,to:154,look:HALO});bars.text(bars.x(ceiling),13,`ceiling −H = ${written(
ceiling)}`,{"text-anchor":"middle"});bars.foot([-4,-3,-2,-1],"nats")}function describe(){const{ceiling,kl,expected,average,
truth}=numbers;return`Fresh data: ${written(expected)} = ceiling ${written(ceiling)} − KL ${written(kl)}. These ${state.
size} points: ${written(average)} = ceiling ${written(ceiling)} ${added(truth-ceiling)} (luck of the sample) ${added(average-
truth)} (against the truth). In nats.`}return{redraw,describe}}var explorable=explorableOf({handles:["loc","scale","size",
"sample"],hint:"Fit the model to the points, then draw another sample: the bar for these points jumps, the bar for fresh\
 data stays. Try 2 points and 40: only luck and the fit to these very points (striped) pass the ceiling.",build});export{explorable as default,showInPage};
