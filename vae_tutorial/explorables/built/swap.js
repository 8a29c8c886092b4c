var SVG="http://www.w3.org/2000/svg";function draw(parent,tag,attributes={},text=""){const node=document.createElementNS(
SVG,tag);for(const[name,value]of Object.entries(attributes))node.setAttribute(name,String(value));if(text)node.textContent=
text;parent.append(node);return node}function add(parent,tag,properties={},text=""){const node=Object.assign(document.createElement(
tag),properties);if(text)node.textContent=text;parent.append(node);return node}var uniqueId=stem=>`explorable-${stem}-${Math.
random().toString(36).slice(2)}`;function publish(root,numbers){for(const[name,value]of Object.entries(numbers))root.dataset[name]=
String(value)}var INK="#1b1b1b";var AXIS="#777";var HALO={class:"halo"};var MUTED={class:"muted"};var REFERENCE={stroke:INK,"stroke-width":1.4,"stroke-dasharray":"4 3"};var colorOf=role=>`var(--${role})`;function addChoice(root,{legend,names,onChoose}){const group=add(root,"fieldset");add(group,"legend",{},legend);const name=uniqueId(
"choice");const inputs=names.map((words,place)=>{const label=add(group,"label");const input=add(label,"input",{type:"rad\
io",name});add(label,"span",{},words);input.addEventListener("change",()=>onChoose(place));return input});return place=>{
inputs[place].checked=true}}var clamp=(value,low,high)=>Math.min(high,Math.max(low,value));var eased=(start,goal,t)=>t>=1?goal:start+t*t*(3-2*t)*(goal-start);function ticks([low,high]){const rough=(high-low)/4;const power=10**Math.floor(Math.log10(rough));const step=power*([1,2,
5].find(factor=>factor*power>=rough)??10);const values=[];for(let tick=Math.ceil(low/step);tick*step<=high+1e-9;tick++)values.
push(tick*step);return{values,digits:Math.max(0,-Math.floor(Math.log10(step)+1e-9))}}function finite(name,value){if(typeof value===
"number"&&Number.isFinite(value))return value;throw new Error(`${name} must be a finite number, and is ${value}`)}var written=(value,digits=2)=>{const text=value.toFixed(digits);return(Number(text)===0?text.replace("-",""):text).replace(
"-","−")};var calm=()=>matchMedia("(prefers-reduced-motion: reduce)").matches;function glide(from,goals,change){if(calm())return change(goals);const begin=performance.now();const starts={...from};const step=now=>{
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
#fff"});draw(pattern,"rect",{...size,width:3.5,fill:colorOf(role)});return`url(#${id})`}};function terms({encoder,decoder,prior},{table}){const[logP,...bounds]=table[decoder][prior];const elbo=bounds[encoder];return{
logP,elbo,gap:logP-elbo}}function span({table}){const all=table.flat(3);return[Math.min(...all),Math.max(...all)]}var PARTS=["encoder","decoder","prior"];function build({root,data,change}){const[low,high]=span(data);const room=.06*(high-
low);const bars=new Plot(root,{height:136,xlim:[low-room,high+room],ylim:[0,2],label:"Two bars on an axis of nats: log p\
(x), and the ELBO with the gap beside it. A line stands where log p(x) was to begin with. The values stand in the text b\
elow."});const choices=add(root,"div",{className:"choices"});const show=PARTS.map((part,i)=>addChoice(choices,{legend:part,
names:data.names[i],onChoose:place=>change({[part]:place})}));let state;let first;let numbers;function redraw(now){state=
{...now};first??=state;numbers=terms(state,data);PARTS.forEach((part,i)=>{show[i](state[part])});publish(root,numbers);drawBars()}
function drawBars(){const{logP,elbo,gap}=numbers;const from=bars.xlim[0];bars.clear();bars.bars([{title:`log p(x) ${written(
logP)}`,parts:[[from,logP,{fill:colorOf("model"),opacity:.75}]]},{title:`ELBO ${written(elbo)} + gap ${written(gap)}`,parts:[
[from,elbo,{fill:colorOf("bound"),opacity:.75}],[elbo,logP,{fill:colorOf("true-posterior"),opacity:.4}]]}],{first:24,step:44,
height:18,reference:terms(first,data).logP,from:18,to:100});bars.foot(ticks(bars.xlim).values,"nats per example")}function describe(){
const{logP,elbo,gap}=numbers;const before=terms(first,data);const swapped=PARTS.filter(part=>state[part]!==first[part]);
const sum=`log p(x) ${written(logP)} = ELBO ${written(elbo)} + gap ${written(gap)}, means over ${data.count} examples.`;
if(!swapped.length)return`${sum} Now swap one part.`;const moved=Math.abs(logP-before.logP)>=.005;const from=`${written(
before.logP)} to ${written(logP)}`;const verdict=moved?`log p(x) itself moved, from ${from}: decoder and prior are the m\
odel.`:"log p(x) did not move: the encoder is no part of it. Only the bound moved.";return`Another ${swapped.join(", ano\
ther ")}: ${verdict} ${sum}`}return{redraw,describe}}var explorable=explorableOf({handles:["encoder","decoder","prior"],
hint:"Swap one part at a time. Which of them moves the upper bar?",build});export{explorable as default,showInPage};
