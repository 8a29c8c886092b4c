var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;var lineOf=(role,width=2)=>({
stroke:colorOf(role),"stroke-dasharray":`var(--${role}-dashes)`,"stroke-width":width});var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var sum=values=>values.reduce((total,value)=>total+value,
0);var linspace=(low,high,count)=>Array.from({length:count},(_,i)=>low+(high-low)*i/(count-1));var midpoints=(low,high,count)=>Array.
from({length:count},(_,i)=>low+(high-low)*(i+.5)/count);var logNormal=(x,loc,scale)=>-.5*((x-loc)/scale)**2-Math.log(scale)-
.5*Math.log(2*Math.PI);function logSumExp(values){const top=values.reduce((a,b)=>Math.max(a,b),-Infinity);return top===-Infinity?
top:top+Math.log(sum(values.map(value=>Math.exp(value-top))))}var logIntegral=(f,points)=>logSumExp(points.map(f))+Math.
log(points[1]-points[0]);function gaussianMean(f,loc,scale){const nodes=linspace(-8,8,257);const weights=nodes.map(t=>Math.
exp(-.5*t*t));const total=sum(weights);return nodes.reduce((found,t,i)=>found+weights[i]/total*f(loc+scale*t),0)}var klToStandard=(loc,scale)=>.5*
(loc*loc+scale*scale-1)-Math.log(scale);var eased=(start,goal,t)=>t>=1?goal:start+t*t*(3-2*t)*(goal-start);function finite(name,value){if(typeof value==="number"&&Number.isFinite(value))return value;throw new Error(`${name} mus\
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
...size,width:3.5,fill:colorOf(role)});return`url(#${id})`}};var NOISE=.5;var logLikelihood=(z,{x,bend})=>logNormal(x,z+bend*z*z,NOISE);var logJoint=(z,model)=>logLikelihood(z,model)+
logNormal(z,0,1);function terms(state){const{loc,scale}=state;const joint=z=>logJoint(z,state);const logP=logIntegral(joint,
linspace(-9,9,1801));const reconstruction=gaussianMean(z=>logLikelihood(z,state),loc,scale);const rate=klToStandard(loc,
scale);const logTotal=logIntegral(joint,midpoints(-20,20,4e3));const gap=gaussianMean(z=>logNormal(z,loc,scale)-joint(z)+
logTotal,loc,scale);return{logP,elbo:reconstruction-rate,gap,reconstruction,rate}}function best(model){const elbo=(loc2,scale2)=>gaussianMean(
z=>logJoint(z,model),loc2,scale2)+Math.log(scale2);let[loc,scale,reach]=[0,1,3];for(let round=0;round<9;round++){let top=-Infinity;
const around=[loc,scale];for(const a of linspace(-1,1,13)){for(const b of linspace(-1,1,9)){const place=clamp(around[0]+
a*reach,-4,4);const width=clamp(around[1]*Math.exp(b*reach/2),.05,3);const value=elbo(place,width);if(value>top)[top,loc,
scale]=[value,place,width]}}reach/=2.5}return{loc,scale}}var LOW=-6;function build({root,change,glide:glide2}){const curves=new Plot(root,{height:230,xlim:[-3.8,3.2],ylim:[0,1.25],
label:"Densities over z: prior, true posterior and q. The values stand in the text below."});const bars=new Plot(root,{height:176,
xlim:[LOW,0],ylim:[0,3],label:"Three bars on an axis of nats: log p(x); ELBO and gap; reconstruction and rate. The value\
s stand in the text below."});const controls=addControls(root);const step=.01;const show={loc:slider(controls,{label:"me\
an of q",low:-4,high:4,step,onInput:loc=>change({loc})}),scale:slider(controls,{label:"width of q",low:.05,high:3,step,onInput:scale=>change(
{scale})}),bend:slider(controls,{label:"bend θ",low:0,high:1,step,onInput:bend=>change({bend})})};addButton(root,"Best \
Gaussian q",()=>glide2(best(state)));onDrag(curves.svg,(name,event)=>{const z=curves.valueX(event);if(name==="loc")change(
{loc:clamp(z,-4,4)});else change({scale:clamp(Math.abs(z-state.loc),.05,3)})});let state;let numbers;function redraw(now){
state=now;numbers=terms(state);show.loc(state.loc);show.scale(state.scale);show.bend(state.bend);publish(root,numbers);drawCurves();
drawBars()}function drawCurves(){const{loc,scale}=state;const z=linspace(-3.8,3.2,281);const q=z.map(t=>Math.exp(logNormal(
t,loc,scale)));const posterior=z.map(t=>Math.exp(logJoint(t,state)-numbers.logP));const top=1.18*Math.max(.7,...posterior,
Math.min(2.2,Math.max(...q)));curves.ylim=[0,top];curves.clear();curves.area(z,posterior,{fill:colorOf("true-posterior"),
opacity:.22});curves.line(z,posterior,lineOf("true-posterior"));const prior=z.map(t=>Math.exp(logNormal(t,0,1)));curves.
line(z,prior,lineOf("prior"));const clipped=q.map(value=>Math.min(value,top));curves.line(z,clipped,lineOf("posterior",2.5));
const peak=Math.min(top,Math.exp(logNormal(loc,loc,scale)));curves.handleInside("loc",curves.x(loc),curves.y(peak),colorOf(
"posterior"));curves.handleInside("scale",curves.x(loc+scale),curves.y(peak*Math.exp(-.5)),colorOf("posterior"));curves.
legend([["prior p(z)",lineOf("prior",2.5)],["true posterior",lineOf("true-posterior",2.5)],["q(z)",lineOf("posterior",2.5)]]);
curves.foot([-3,-2,-1,0,1,2,3],"z")}function drawBars(){const{logP,elbo,gap,reconstruction,rate}=numbers;bars.xlim=[LOW,
Math.max(0,reconstruction,logP)];bars.clear();const bound={fill:colorOf("bound"),opacity:.75};const beyond=elbo<LOW?"‹ t\
he ELBO is farther left":"";bars.bars([{title:`log p(x) ${written(logP)}`,parts:[[LOW,logP,{fill:colorOf("model"),opacity:.75}]]},
{title:`ELBO ${written(elbo)} + gap ${written(gap)}`,parts:[[LOW,elbo,bound],[elbo,elbo+gap,{fill:colorOf("true-posterio\
r"),opacity:.4}]],beyond},{title:`reconstruction ${written(reconstruction)} − rate ${written(rate)}`,parts:[[LOW,elbo,
bound],[elbo,reconstruction,{fill:colorOf("prior"),opacity:.5}]],beyond}],{first:22,step:44,height:20,reference:logP,from:16,
to:140});const ticks=[-6,-5,-4,-3,-2,-1,0];bars.foot(ticks,"nats")}function describe(){const{logP,elbo,gap,reconstruction,
rate}=numbers;return`log p(x) ${written(logP)} = ELBO ${written(elbo)} + gap ${written(gap)}. ELBO = reconstruction ${written(
reconstruction)} − rate ${written(rate)}. In nats.`}return{redraw,describe}}var explorable=explorableOf({handles:["loc",
"scale","bend","x"],hint:"Drag the two dots of q, or use the sliders. ELBO and gap trade places; their sum stays. Then c\
hange the bend θ: now log p(x) itself moves.",build});export{explorable as default,showInPage};
