var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;var lineOf=(role,width=2)=>({
stroke:colorOf(role),"stroke-dasharray":`var(--${role}-dashes)`,"stroke-width":width});var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var sum=values=>values.reduce((total,value)=>total+value,
0);var linspace=(low,high,count)=>Array.from({length:count},(_,i)=>low+(high-low)*i/(count-1));var logNormal=(x,loc,scale)=>-.5*((x-loc)/scale)**2-Math.log(scale)-.5*Math.log(2*Math.PI);var eased=(start,goal,t)=>t>=1?goal:start+t*t*(3-2*t)*(goal-start);function finite(name,value){if(typeof value==="number"&&Number.isFinite(value))return value;throw new Error(`${name} mus\
t be a finite number, and is ${value}`)}var written=(value,digits=2)=>{const text=value.toFixed(digits);return(Number(text)===0?text.replace("-",""):text).replace(
"-","−")};var calm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;var addControls=root=>add(root,"div",{className:"con\
trols"});function slider(controls,{label,low,high,step:step2,onInput,words=value=>written(value),spoken=words}){const id=uniqueId(
"slider");add(controls,"label",{htmlFor:id},label);const input=add(controls,"input",{type:"range",id,min:String(low),max:String(
high),step:String(step2)});const output=add(controls,"output",{htmlFor:id});input.addEventListener("input",()=>onInput(Number(
input.value)));return value=>{input.value=String(value);output.textContent=words(value);input.setAttribute("aria-valuete\
xt",spoken(value))}}function onDrag(svg,move){svg.addEventListener("pointerdown",event=>{const handle=event.target.closest(".handle");if(!handle)
return;event.preventDefault();svg.setPointerCapture(event.pointerId);const follow=next=>move(handle.getAttribute("data-h\
andle")??"",next);const stop=()=>svg.removeEventListener("pointermove",follow);svg.addEventListener("pointermove",follow);
svg.addEventListener("pointerup",stop,{once:true});svg.addEventListener("pointercancel",stop,{once:true})})}function glide(from,goals,change){
if(calm())return change(goals);const begin=performance.now();const starts={...from};const step2=now=>{const t=Math.max(0,
(now-begin)/330);change(Object.fromEntries(Object.entries(goals).map(([name,goal])=>[name,eased(starts[name],goal,t)])));
if(t<1)requestAnimationFrame(step2)};requestAnimationFrame(step2)}var explorableOf=figure=>({render:context=>mount(context,figure)});function mount({model,el},{handles,hint,build:build2}){
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
42,16+18*i,words)})}bars(bars,{first,step:step2,height,reference,from,to,look={}}){const at=value=>this.x(clamp(value,...this.
xlim));const rise=Math.floor(height/4);bars.forEach(({parts,beyond},row)=>{const y=first+step2*row;for(const[start,end,attributes]of parts){
const[x,width]=[at(start),at(end)-at(start)];if(width>.2)draw(this.svg,"rect",{x,y,width,height,stroke:"#333","stroke-wi\
dth":.6,...attributes})}if(beyond)this.text(at(-Infinity)+4,y+height-rise,beyond,look)});this.upright(at(reference),from,
to);bars.forEach(({title},row)=>{this.text(at(-Infinity),first+step2*row-rise,title,HALO)})}stripes(role){const id=uniqueId(
"stripes");const size={width:7,height:7};const placed={patternUnits:"userSpaceOnUse",patternTransform:"rotate(45)"};const pattern=draw(
draw(this.svg,"defs"),"pattern",{id,...size,...placed});draw(pattern,"rect",{...size,fill:"#fff"});draw(pattern,"rect",{
...size,width:3.5,fill:colorOf(role)});return`url(#${id})`}};var NOISE=.3;var lattice=linspace(-8,8,1601);var step=lattice[1]-lattice[0];var decoder=z2=>2*Math.sin(1.3*z2+.5);var integrand=(z2,x)=>Math.
exp(logNormal(x,decoder(z2),NOISE)+logNormal(z2,0,1));var density=x=>sum(lattice.map(z2=>integrand(z2,x)*step));var TICKS=[-3,-2,-1,0,1,2,3];var CHOSEN={stroke:INK,"stroke-width":1.5,"stroke-dasharray":"5 3"};var allX=linspace(-3,3,
121);var allDensities=allX.map(density);var z=linspace(-4,4,401);function build({root,change}){const plane=new Plot(root,
{height:210,xlim:[-4,4],ylim:[-3,3],margin:[8,8,20,8],label:"The plane of z and x: the decoder's curve, a band of noise \
around it, and the line of the chosen x."});const slice=new Plot(root,{height:220,xlim:[-4,4],ylim:[0,2.5],margin:[42,8,
36,8],label:"The integrand over z for the chosen x, filled; its area is p(x). Dashed: the posterior of z, which is the i\
ntegrand divided by that area."});const marginal=new Plot(root,{height:150,xlim:[-3,3],ylim:[0,1.2*Math.max(...allDensities)],
label:"p(x) over x, with a mark at the chosen x."});const show=slider(addControls(root),{label:"x",low:-3,high:3,step:.01,
onInput:x2=>change({x:x2})});onDrag(plane.svg,(_,event)=>change({x:clamp(plane.valueY(event),-3,3)}));onDrag(marginal.svg,
(_,event)=>change({x:clamp(marginal.valueX(event),-3,3)}));let[x,p]=[NaN,NaN];function redraw(now){x=now.x;p=density(x);
publish(root,{density:p});show(x);drawPlane();drawSlice();drawMarginal()}function drawPlane(){plane.clear();for(let i=0;i+
4<z.length;i+=4){const opacity=.75*Math.exp(-.5*z[i+2]**2);const part=z.slice(i,i+5);const upper=part.map(t=>plane.point(
t,decoder(t)+2*NOISE));const lower=part.map(t=>plane.point(t,decoder(t)-2*NOISE)).reverse();const d=`M${[...upper,...lower].
join("L")}Z`;draw(plane.svg,"path",{d,fill:colorOf("model"),opacity,stroke:"none"})}plane.line(z,z.map(decoder),lineOf("\
model",1.5));const level=plane.y(x);plane.level(level,CHOSEN);const words=level<24?level+18:level-7;plane.text(plane.x(3.05),
words,`x = ${written(x)}`,{"text-anchor":"end",...HALO});plane.text(6,16,"f(z) ± 2σ, dark where p(z) is high",HALO);plane.
handle("x",plane.x(3.5),level)}function drawSlice(){slice.clear();const values=z.map(t=>integrand(t,x));const posterior=values.
map(value=>Math.min(value/p,slice.ylim[1]));slice.area(z,values,{fill:colorOf("model"),opacity:.4});slice.line(z,values,
lineOf("model"));slice.line(z,posterior,lineOf("true-posterior"));slice.text(6,16,`filled: p(x|z) p(z), area p(x) = ${written(
p,4)}`);slice.text(6,34,"dashed: divided by p(x): p(z|x), area 1");slice.foot(TICKS,"z")}function drawMarginal(){marginal.
clear();marginal.area(allX,allDensities,{fill:colorOf("model"),opacity:.12});marginal.line(allX,allDensities,lineOf("mod\
el"));const[cx,cy]=[marginal.x(x),marginal.y(p)];marginal.upright(cx,marginal.y(0),cy,CHOSEN);marginal.text(6,16,"p(x), \
one such area for each x");marginal.handle("x",cx,cy);marginal.foot(TICKS,"x")}const describe=()=>`At x = ${written(x)} \
the area under p(x|z) p(z) is p(x) = ${written(p,4)} per unit of x; log p(x) = ${written(Math.log(p))} nats.`;return{redraw,
describe}}var explorable=explorableOf({handles:["x"],hint:"Drag one of the dots, or use the slider, to choose x. The fil\
led area is p(x); divided by that area, the same curve is the posterior p(z|x). Try x = 1: the z that explain it lie in \
two groups.",build});export{explorable as default,showInPage};
