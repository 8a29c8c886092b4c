var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;var lineOf=(role,width=2)=>({
stroke:colorOf(role),"stroke-dasharray":`var(--${role}-dashes)`,"stroke-width":width});var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var sum=values=>values.reduce((total,value)=>total+value,
0);var mean=values=>sum(values)/values.length;var linspace=(low,high,count)=>Array.from({length:count},(_,i)=>low+(high-
low)*i/(count-1));var logNormal=(x,loc,scale)=>-.5*((x-loc)/scale)**2-Math.log(scale)-.5*Math.log(2*Math.PI);var klToStandard=(loc,scale)=>.5*(loc*loc+scale*scale-1)-Math.log(scale);var eased=(start,goal,t)=>t>=1?goal:start+t*t*(3-2*t)*(goal-start);function finite(name,value){if(typeof value==="number"&&Number.isFinite(value))return value;throw new Error(`${name} mus\
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
...size,width:3.5,fill:colorOf(role)});return`url(#${id})`}};var NODES=1601;var NOISE=Float64Array.from(linspace(-8,8,NODES));var WEIGHTS=NOISE.map(t=>Math.exp(logNormal(t,0,1))*16/
(NODES-1));function decoded(z,spread,{patterns,places,sharpness,doubt}){const scores=places.map(place=>-.5*((z-spread*place)/
sharpness)**2);const top=Math.max(...scores);const weights=scores.map(score=>Math.exp(score-top));const scale=(1-2*doubt)/
sum(weights);return patterns[0].map((_,pixel)=>{let on=0;for(let j=0;j<weights.length;j++)on+=weights[j]*patterns[j][pixel];
return doubt+scale*on})}var likelihood=(x,means)=>means.reduce((product,mean2,pixel)=>product*(x[pixel]?mean2:1-mean2),1);
function shared(spread,world){const totals=world.patterns.map(()=>0);NOISE.forEach((z,node)=>{const means=decoded(z,spread,
world);world.patterns.forEach((x,i)=>{totals[i]+=WEIGHTS[node]*likelihood(x,means)})});return totals}var own=({spread,scale},world)=>world.
patterns.map((x,i)=>{let score=0;NOISE.forEach((t,node)=>{score+=WEIGHTS[node]*Math.log(likelihood(x,decoded(spread*world.
places[i]+scale*t,spread,world)))});return Math.exp(score)});function scored(state,world){const[claimed,given]=[own(state,
world),shared(state.spread,world)];const reconstruction=mean(claimed.map(Math.log));const rate=mean(world.places.map(place=>klToStandard(
state.spread*place,state.scale)));const elbo=reconstruction-rate;const logP=mean(given.map(Math.log));const numbers={reconstruction,
rate,elbo,logP,claimed:sum(claimed),given:sum(given),least:Math.min(...given)};return{claimed,given,numbers}}var BEST={spread:.95,scale:.2};var SIZE=18;var WHOLE=linspace(-6,6,13);var addedUp=(values,total)=>`${values.map(p=>written(
p)).join("+")} = ${written(total)}`;function build({root,data,change,glide:glide2}){const world=data;const axis=new Plot(
root,{height:236,xlim:[-7,7],ylim:[0,.62],margin:[8,8,62,8],label:"The axis of z with the prior's hill. Each of four ima\
ges of 3 by 3 pixels stands over its own code. Below the axis, what the decoder makes of each z. The values stand in the\
 text below."});const bars=new Plot(root,{height:136,xlim:[0,4],ylim:[0,2],label:"Two bars of four parts each: the proba\
bilities of the four images under codes of their own, and under the prior that they share. A line stands at 1. The value\
s stand in the text below."});const controls=addControls(root);const step=.01;const show={spread:slider(controls,{label:"\
codes apart",low:0,high:4,step,onInput:spread=>change({spread})}),scale:slider(controls,{label:"width of a code",low:.05,
high:1,step,onInput:scale=>change({scale})})};const farthest=world.places[world.places.length-1];onDrag(axis.svg,(_,event)=>change(
{spread:clamp(axis.valueX(event)/farthest,0,4)}));addButton(root,"Pull apart",()=>glide2({spread:4,scale:.1}));addButton(
root,"Best ELBO",()=>glide2(BEST));let state;let found;function redraw(now){state=now;found=scored(state,world);show.spread(
state.spread);show.scale(state.scale);publish(root,found.numbers);drawAxis();drawBars()}function drawAxis(){const{spread,
scale}=state;const z=linspace(-7,7,281);const prior=z.map(t=>Math.exp(logNormal(t,0,1)));axis.clear();axis.area(z,prior,
{fill:colorOf("prior"),opacity:.2});axis.line(z,prior,lineOf("prior"));axis.legend([["prior p(z), shared by all",lineOf(
"prior",2.5)],["own code: mean ± 2 widths",lineOf("posterior",2.5)]]);axis.foot([-6,-4,-2,0,2,4,6],"z");const foot=axis.
y(0);const apart=Math.max(SIZE+4,axis.x(spread)-axis.x(0));world.places.forEach((place,i)=>{const[code,above]=[axis.x(spread*
place),axis.x(0)+place*apart];const look={stroke:colorOf("posterior"),"stroke-width":1.2};draw(axis.svg,"line",{x1:above,
y1:62,x2:code,y2:foot-5,...look});const[left,right]=[-2,2].map(widths=>axis.x(clamp(spread*place+widths*scale,-7,7)));axis.
level(foot-5,{...look,"stroke-width":4},left,right);small(world.patterns[i],above,44)});axis.handleInside("spread",axis.
x(spread*farthest),foot-5,colorOf("posterior"));for(const at of WHOLE)small(decoded(at,spread,world),axis.x(at),foot+24)}
function small(pixels,x,y){const side=SIZE/3;draw(axis.svg,"rect",{x:x-SIZE/2,y,width:SIZE,height:SIZE,fill:"#fff",stroke:"\
#777"});pixels.forEach((value,i)=>{const[left,top]=[x-SIZE/2+side*(i%3),y+side*Math.floor(i/3)];draw(axis.svg,"rect",{x:left,
y:top,width:side,height:side,fill:"#1b1b1b",opacity:value})})}function drawBars(){const{claimed,given,numbers}=found;bars.
clear();bars.bars([{title:`own codes ${addedUp(claimed,numbers.claimed)}`,parts:stacked(claimed,"posterior")},{title:`p(\
x) ${addedUp(given,numbers.given)}`,parts:stacked(given,"model")}],{first:24,step:44,height:18,reference:1,from:18,to:100});
bars.foot([0,1,2,3,4],"probability; there is 1 to hand out")}function stacked(values,role){let from=0;return values.map(
value=>{const part=[from,from+value,{fill:colorOf(role),opacity:.6}];from+=value;return part})}function describe(){const{
reconstruction,rate,elbo,logP,claimed,given}=found.numbers;const verdict=claimed>1?"more than any distribution has":"les\
s than a distribution has";return`Scored under their own codes, the four images claim ${written(claimed)} in all, ${verdict}\
; under the prior that they share they get ${written(given)}. Means in nats: reconstruction ${written(reconstruction)}; \
log p(x) ${written(logP)}; ELBO ${written(reconstruction)} − rate ${written(rate)} = ${written(elbo)}.`}return{redraw,
describe}}var explorable=explorableOf({handles:["spread","scale"],hint:"Pull the codes apart by the sliders, or drag the\
 dot: the upper bar grows, and what the prior can reach (the lower bar) loses two images.",build});export{explorable as default,showInPage};
