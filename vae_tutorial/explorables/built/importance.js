var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;var lineOf=(role,width=2)=>({
stroke:colorOf(role),"stroke-dasharray":`var(--${role}-dashes)`,"stroke-width":width});var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var sum=values=>values.reduce((total,value)=>total+value,
0);var mean=values=>sum(values)/values.length;var linspace=(low,high,count)=>Array.from({length:count},(_,i)=>low+(high-
low)*i/(count-1));var logNormal=(x,loc,scale)=>-.5*((x-loc)/scale)**2-Math.log(scale)-.5*Math.log(2*Math.PI);var klToStandard=(loc,scale)=>.5*(loc*loc+scale*scale-1)-Math.log(scale);var eased=(start,goal,t)=>t>=1?goal:start+t*t*(3-2*t)*(goal-start);function finite(name,value){if(typeof value==="number"&&Number.isFinite(value))return value;throw new Error(`${name} mus\
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
...size,width:3.5,fill:colorOf(role)});return`url(#${id})`}};var[NOISE,X]=[.5,1.5];var POSTERIOR={loc:X/(1+NOISE**2),scale:NOISE/Math.sqrt(1+NOISE**2)};var LOG_P=logNormal(X,0,Math.
sqrt(1+NOISE**2));var[RUNS,DOUBLINGS]=[200,10];var MOST=2**DOUBLINGS;var AS_PRIOR={offset:-POSTERIOR.loc/POSTERIOR.scale,
scale:1/POSTERIOR.scale};function standardNoise(){const uniform=counter=>{let mixed=counter+2654435769|0;mixed=Math.imul(
mixed^mixed>>>16,2146121005);mixed=Math.imul(mixed^mixed>>>15,2221713035);return(((mixed^mixed>>>16)>>>0)+.5)/2**32};const noise=new Float64Array(
RUNS*MOST);for(let i=0;i<noise.length;i+=2){const[radius,angle]=[Math.sqrt(-2*Math.log(uniform(i))),2*Math.PI*uniform(i+
1)];noise[i]=radius*Math.cos(angle);noise[i+1]=radius*Math.sin(angle)}return noise}var gaussian=({offset,scale})=>({loc:POSTERIOR.
loc+offset*POSTERIOR.scale,width:scale*POSTERIOR.scale});var logWeight=(e,{loc,width})=>{const z=loc+width*e;return Math.
log(width/NOISE)-.5*Math.log(2*Math.PI)-.5*((X-z)/NOISE)**2-.5*z*z+.5*e*e};function allRuns(noise,q){const stages=Array.
from({length:DOUBLINGS+1},()=>[]);for(let run=0;run<RUNS;run++){let[sum2,squares,stage]=[0,0,0];for(let k=1;k<=MOST;k++){
const weight=Math.exp(logWeight(noise[run*MOST+k-1],q)-LOG_P);sum2+=weight;squares+=weight*weight;if(k===1<<stage){const effective=sum2*
sum2/squares;const error=k===1?Infinity:Math.sqrt(Math.max(0,k/effective-1)/(k-1));stages[stage++].push({estimate:LOG_P+
Math.log(sum2/k),effective,error})}}}return stages}var honest=({estimate,error})=>Math.abs(estimate-LOG_P)<=2*error+1e-9;
function terms({offset,scale},runs){const average=mean(runs.map(run=>run.estimate));return{logP:LOG_P,elbo:LOG_P-klToStandard(
offset,scale),mean:average,bias:average-LOG_P,effective:mean(runs.map(run=>run.effective)),error:mean(runs.map(run=>run.
error)),honest:runs.filter(honest).length}}var[LOW,HIGH]=[-6,0];var STEP=.03;var REACH=8;var bell=Array.from({length:2*REACH+
1},(_,i)=>Math.exp(-.5*((i-REACH)/2.5)**2));var levels=linspace(LOW,HIGH,Math.round((HIGH-LOW)/STEP)+1);function hill(estimates){
const heights=levels.map(()=>0);for(const estimate of estimates){const first=Math.round((estimate-LOW)/STEP)-REACH;for(let i=0;i<
bell.length;i++){if(first+i>=0&&first+i<heights.length)heights[first+i]+=bell[i]}}return heights}var[FIRST,GAP,TALL]=[62,22,40];var CHOICES={"Narrow q":{offset:1,scale:.3},"Wide q":{offset:1,scale:1.5},"q = prior":AS_PRIOR,
"q = posterior":{offset:0,scale:1}};var foot=stage=>FIRST+stage*GAP;function build({root,change,glide:glide2}){const curves=new Plot(
root,{height:170,xlim:[-1.6,4],ylim:[0,1.25],label:"Densities over z: prior, true posterior and q; stems: the first draw\
s of one run, as tall as their weights."});const hills=new Plot(root,{height:foot(DOUBLINGS)+46,xlim:[LOW,HIGH],ylim:[0,
1],margin:[8,8,36,46],label:"One hill for each K from 1 to 1024: how 200 estimates of log p(x) are spread, with their me\
an; a line marks the true log p(x). The values stand in the text below."});const controls=addControls(root);const show={
doublings:slider(controls,{label:"draws K",low:0,high:DOUBLINGS,step:1,words:doublings=>String(2**doublings),spoken:doublings=>`${2**
doublings} draws`,onInput:doublings=>change({doublings})}),offset:slider(controls,{label:"offset of q",low:-3,high:3,step:.01,
onInput:offset=>change({offset})}),scale:slider(controls,{label:"width of q",low:.1,high:4,step:.01,onInput:scale=>change(
{scale})})};for(const[words,goals]of Object.entries(CHOICES))addButton(root,words,()=>glide2(goals));onDrag(curves.svg,(name,event)=>{
const away=(curves.valueX(event)-POSTERIOR.loc)/POSTERIOR.scale;if(name==="offset")change({offset:clamp(away,-3,3)});else
change({scale:clamp(Math.abs(away-state.offset),.1,4)})});onDrag(hills.svg,(_,event)=>{change({doublings:clamp(Math.round(
(hills.pixelY(event)-FIRST)/GAP),0,DOUBLINGS)})});const noise=standardNoise();let state;let stages;let made="";let numbers;
function redraw(now){state=now;const stage=whole("doublings",state.doublings,0,DOUBLINGS);const key=`${state.offset} ${state.
scale}`;if(made!==key)stages=allRuns(noise,gaussian(state));made=key;numbers=terms(state,stages[stage]);show.doublings(stage);
show.offset(state.offset);show.scale(state.scale);publish(root,numbers);drawCurves();drawHills()}function drawCurves(){const{
loc,width}=gaussian(state);const z=linspace(...curves.xlim,301);const density=(mu,sigma)=>z.map(t=>Math.exp(logNormal(t,
mu,sigma)));const peak=Math.exp(logNormal(loc,loc,width));const top=1.2*clamp(peak,.95,3);const posterior=density(POSTERIOR.
loc,POSTERIOR.scale);const q=density(loc,width).map(value=>Math.min(value,top));curves.ylim=[0,top];curves.clear();curves.
area(z,posterior,{fill:colorOf("true-posterior"),opacity:.22});curves.line(z,posterior,lineOf("true-posterior"));curves.
line(z,density(0,1),lineOf("prior"));curves.line(z,q,lineOf("posterior",2.5));drawWeights();curves.legend([["prior p(z)",
lineOf("prior",2.5)],["true posterior",lineOf("true-posterior",2.5)],["q(z)",lineOf("posterior",2.5)]]);draw(curves.svg,
"path",{d:"M9,70v-5m6,5v-11m6,11v-4m6,4v-8m6,8v-3",stroke:INK,"stroke-width":1.2});curves.text(42,70,"weights in one run",
HALO);const shown=Math.min(top,peak);curves.handleInside("offset",curves.x(loc),curves.y(shown),colorOf("posterior"));curves.
handleInside("scale",curves.x(loc+width),curves.y(shown*Math.exp(-.5)),colorOf("posterior"));curves.foot([-1,0,1,2,3],"z")}
function drawWeights(){const q=gaussian(state);const draws=Array.from(noise.slice(0,2**state.doublings));const weights=draws.
map(e=>Math.exp(logWeight(e,q)));const unit=.4*(curves.height-44)/Math.max(...weights);const base=curves.y(0);let d="";draws.
forEach((e,k)=>{const z=q.loc+q.width*e;const seen=z>curves.xlim[0]&&z<curves.xlim[1];if(seen)d+=`M${curves.x(z).toFixed(
1)},${base}v${(-weights[k]*unit).toFixed(1)}`});const opacity=clamp(4/Math.sqrt(draws.length),.15,.6);draw(curves.svg,"p\
ath",{d,stroke:INK,"stroke-width":1.2,"stroke-opacity":opacity})}function drawHills(){hills.clear();const stripes=hills.
stripes("bound");const truth=hills.x(LOG_P);hills.upright(truth,20,foot(DOUBLINGS)+4,lineOf("model"));stages.forEach((runs,stage)=>{
drawHill(runs,stage,stripes)});const words=Math.min(truth+5,hills.width-98);hills.text(words,14,`log p(x) ${written(LOG_P)}`);
const elbo=hills.x(Math.max(numbers.elbo,LOW));hills.upright(elbo,20,FIRST,{stroke:INK,"stroke-dasharray":"2 3"});const beyond=numbers.
elbo<LOW?"‹ ":"";const anchor=numbers.elbo<-4.5?"start":"end";hills.text(Math.min(elbo,words-8),14,`${beyond}ELBO ${written(
numbers.elbo)}`,{"text-anchor":anchor});hills.foot([-5,-4,-3,-2,-1,0],"estimate of log p(x), nats");drawMeans(truth)}function drawHill(runs,stage,stripes){
const chosen=stage===state.doublings;const heights=hill(runs.map(run=>run.estimate));const tallest=Math.max(...heights,1e-9);
hills.level(foot(stage),{stroke:"#e4e4e4"});draw(hills.svg,"path",{d:outline(heights,stage,tallest),fill:colorOf("bound"),
"fill-opacity":chosen?.75:.22,stroke:colorOf("bound"),"stroke-width":chosen?1.5:1,"stroke-opacity":chosen?1:.6});if(chosen){
const liars=hill(runs.filter(run=>!honest(run)).map(run=>run.estimate));draw(hills.svg,"path",{d:outline(liars,stage,tallest),
fill:stripes,stroke:colorOf("bound")})}const look=chosen?{"font-weight":700}:MUTED;hills.text(hills.x(LOW)-6,foot(stage)+
4,`${stage?"":"K = "}${2**stage}`,{"text-anchor":"end",...look})}function outline(heights,stage,tallest){const y=foot(stage);
let d="";let open=false;heights.forEach((height,i)=>{const x=hills.x(levels[i]).toFixed(1);const here=height>.01*tallest;
if(here)d+=`${open?"L":`M${x},${y}L`}${x},${(y-TALL*height/tallest).toFixed(1)}`;else if(open)d+=`L${x},${y}`;open=here});
return d||`M${hills.x(LOW)},${y}`}function drawMeans(truth){const at=value=>hills.x(clamp(value,LOW,HIGH));stages.forEach(
(runs,stage)=>{const average=mean(runs.map(run=>run.estimate));draw(hills.svg,"circle",{cx:at(average),cy:foot(stage),r:2.5,
fill:colorOf("bound")})});const row=foot(state.doublings);if(Number.isFinite(numbers.error)){const[from,to]=[-2,2].map(times=>at(
numbers.mean+times*numbers.error));const d=`M${from},${row-5}v10M${from},${row}H${to}M${to},${row-5}v10`;draw(hills.svg,
"path",{d,fill:"none",stroke:INK,"stroke-width":2})}hills.text(truth+6,row-5,`bias ${written(numbers.bias)}`,HALO);const place=Math.
max(at(numbers.mean),hills.x(LOW)+12);hills.handleInside("doublings",place,row,colorOf("bound"))}function describe(){const k=2**
state.doublings;const claim=k===1?"One draw cannot tell its own error.":`They claim an error of ±${written(numbers.error)}\
 on average; ${numbers.honest} of ${RUNS} are within twice their own of the truth.`;const effective=written(numbers.effective,
numbers.effective<100?1:0);return`K = ${k}: ${RUNS} estimates average ${written(numbers.mean)}; log p(x) = ${written(LOG_P)}\
, so the bias is ${written(numbers.bias)} nats. Effective sample size ${effective} of ${k}. ${claim}`}return{redraw,describe}}
var explorable=explorableOf({handles:["offset","scale","doublings"],hint:"Each hill: 200 estimates of log p(x), each fro\
m K draws of q. Raise K and the hill slides to the truth, from far away where q is the prior. With a narrow q it starts \
close and stops short: striped estimates are off by more than twice the error that they claim.",build});export{explorable as default,showInPage};
