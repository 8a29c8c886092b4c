var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;var lineOf=(role,width=2)=>({
stroke:colorOf(role),"stroke-dasharray":`var(--${role}-dashes)`,"stroke-width":width});var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var sum=values=>values.reduce((total,value)=>total+value,
0);var mean=values=>sum(values)/values.length;var linspace=(low,high,count)=>Array.from({length:count},(_,i)=>low+(high-
low)*i/(count-1));var logNormal=(x,loc,scale)=>-.5*((x-loc)/scale)**2-Math.log(scale)-.5*Math.log(2*Math.PI);function logSumExp(values){const top=values.
reduce((a,b)=>Math.max(a,b),-Infinity);return top===-Infinity?top:top+Math.log(sum(values.map(value=>Math.exp(value-top))))}
var logIntegral=(f,points)=>logSumExp(points.map(f))+Math.log(points[1]-points[0]);var eased=(start,goal,t)=>t>=1?goal:start+t*t*(3-2*t)*(goal-start);function finite(name,value){if(typeof value==="number"&&Number.isFinite(value))return value;throw new Error(`${name} mus\
t be a finite number, and is ${value}`)}var written=(value,digits=2)=>{const text=value.toFixed(digits);return(Number(text)===0?text.replace("-",""):text).replace(
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
...size,width:3.5,fill:colorOf(role)});return`url(#${id})`}};function fitted(points){const loc=mean(points);return{loc,scale:Math.sqrt(mean(points.map(x=>(x-loc)**2)))}}var scores=({loc,scale},dots)=>dots.map(x=>logNormal(x,loc,scale));function terms(model,dots){const{loc,scale}=model;const found=scores(
model,dots);const everywhere=linspace(loc-12*scale,loc+12*scale,481);return{average:mean(found),best:mean(scores(fitted(
dots),dots)),lowest:Math.min(...found),area:Math.exp(logIntegral(x=>logNormal(x,loc,scale),everywhere))}}var RANGE=[-5,5];var LOW=-7;var TOP=1.05;var withinLoc=loc=>clamp(loc,-4,4);var withinScale=scale=>clamp(scale,.4,4);var times=factor=>factor<
100?factor.toPrecision(2):"more than 100";function build({root,data,change,glide:glide2}){const dots=data.dots;const curve=new Plot(
root,{height:200,xlim:RANGE,ylim:[0,TOP],label:"The density of the model over x, filled, its area 1. The data are dots o\
n the axis, and a line leads from each up to the curve. The values stand in the text below."});const bar=new Plot(root,{
height:84,xlim:[LOW,-1],ylim:[0,1],label:"A bar on an axis of nats: the average of log p at the dots, and a line at the \
best that a curve of this kind can reach. The values stand in the text below."});const controls=addControls(root);const step=.01;
const show={loc:slider(controls,{label:"centre",low:-4,high:4,step,onInput:loc=>change({loc})}),scale:slider(controls,{label:"\
width",low:.4,high:4,step,onInput:scale=>change({scale})})};addButton(root,"Best curve",()=>glide2(fitted(dots)));onDrag(
curve.svg,(name,event)=>{const x=curve.valueX(event);if(name==="loc")change({loc:withinLoc(x)});else change({scale:withinScale(
Math.abs(x-state.loc))})});let state;let numbers;function redraw(now){state=now;numbers=terms(state,dots);show.loc(state.
loc);show.scale(state.scale);publish(root,numbers);drawCurve();drawBar()}function drawCurve(){const{loc,scale}=state;const density=x2=>Math.
exp(logNormal(x2,loc,scale));const x=linspace(...RANGE,401);const heights=x.map(density);curve.clear();curve.area(x,heights,
{fill:colorOf("model"),opacity:.18});curve.line(x,heights,lineOf("model",2.5));for(const dot of dots)drawDot(dot,density(
dot));curve.legend([["model p(x), area 1",lineOf("model",2.5)]]);curve.text(6,34,"■ data, which never move",{fill:colorOf(
"data")});curve.foot([-4,-2,0,2,4],"x");curve.handleInside("loc",curve.x(loc),curve.y(density(loc)),colorOf("model"));curve.
handleInside("scale",curve.x(loc+scale),curve.y(density(loc+scale)),colorOf("model"))}function drawDot(x,height){const[at,
foot]=[curve.x(x),curve.y(0)];curve.upright(at,curve.y(height),foot,{stroke:colorOf("data"),"stroke-width":1.5});draw(curve.
svg,"rect",{x:at-4,y:foot-4,width:8,height:8,fill:colorOf("data"),stroke:"#fff"})}function drawBar(){const{average,best}=numbers;
bar.clear();const title=`average log p ${written(average)}, best ${written(best)}`;const parts=[[LOW,average,{fill:colorOf(
"model"),opacity:.75}]];const beyond=average<LOW?"‹ far to the left of this axis":"";bar.bars([{title,parts,beyond}],{
first:24,step:0,height:20,reference:best,from:18,to:48});bar.foot([-7,-6,-5,-4,-3,-2,-1],"nats")}function describe(){const{
average,best,lowest}=numbers;const worst=dots[scores(state,dots).indexOf(lowest)];const gap=best-average;const verdict=gap<
.005?"This is the best curve of its kind for these dots.":`The best curve reaches ${written(best)}: it makes a dot ${times(
Math.exp(gap))} times as probable, on (geometric) average.`;return`Average of log p at the ${dots.length} dots: ${written(
average)}. ${verdict} The least probable dot, at ${written(worst,1)}, has log p ${written(lowest)}.`}return{redraw,describe}}
var explorable=explorableOf({handles:["loc","scale"],hint:"Move the curve with its sliders, or drag its two dots. The da\
ta stay. Watch the bar.",build});export{explorable as default,showInPage};
