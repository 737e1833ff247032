/**
 * What runs in the browser: a text, so that the browser's globals are not those of every file; a test checks its types.
 * Shares in [0, 1] along each axis come in `data`; the camera is that of scatter-scene.ts.
 */
export const script: string = `'use strict';
const sides = [4, 4, 3];
const distance = 10 * Math.hypot(...sides) / 1.83;
const stage = document.getElementById('stage');
const canvas = stage.querySelector('canvas');
const about = document.getElementById('about');
const pen = canvas.getContext('2d');
const hidden = new Set();
const sprite = new Image();
let { elevation, azimuth } = data.view;
let zoom = 1;
let chosen = -1;
let drawn = [];
let asked = false;

function camera() {
  const e = elevation * Math.PI / 180, a = azimuth * Math.PI / 180;
  const eye = [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
  const right = [-Math.sin(a), Math.cos(a), 0];
  const up = [-Math.sin(e) * Math.cos(a), -Math.sin(e) * Math.sin(a), Math.cos(e)];
  const width = canvas.clientWidth, height = canvas.clientHeight;
  // From any side the box fits into a circle of its diagonal; room is left for numbers and names.
  const unit = zoom * Math.min((width - 190) / 6.1, (height - 90) / 5.3);
  const project = (place) => {
    const from = place.map((share, i) => (share - 0.5) * sides[i]);
    const along = (way) => way[0] * from[0] + way[1] * from[1] + way[2] * from[2];
    const near = distance / (distance - along(eye));
    return { x: width / 2 + unit * near * along(right), y: height / 2 - unit * near * along(up), near };
  };
  return { project, far: eye.map((part) => (part > 0 ? 0 : 1)) };
}

function draw() {
  asked = false;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  const colours = getComputedStyle(document.documentElement);
  const colour = (name) => colours.getPropertyValue('--' + name);
  const { project, far } = camera();
  drawBox(project, far, colour);
  drawn = data.points
    .map((point, i) => ({ ...project(point.place), point, i }))
    .filter(({ point }) => !hidden.has(point.label))
    .sort((a, b) => a.near - b.near);
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  for (const spot of drawn) drawPoint(spot, colour);
  const spot = drawn.find(({ i }) => i === chosen);
  if (spot) drawPoint(spot, colour);
  tell(spot);
}

function drawBox(project, far, colour) {
  const [fx, fy, fz] = far;
  const nx = 1 - fx, ny = 1 - fy;
  const line = (name, ...places) => {
    pen.beginPath();
    for (const place of places) { const { x, y } = project(place); pen.lineTo(x, y); }
    pen.strokeStyle = colour(name);
    pen.stroke();
  };
  pen.lineWidth = 1;
  pen.lineJoin = 'round';
  const panes = [
    [[0, 0, fz], [1, 0, fz], [1, 1, fz], [0, 1, fz], [0, 0, fz]],
    [[fx, 0, 0], [fx, 1, 0], [fx, 1, 1], [fx, 0, 1], [fx, 0, 0]],
    [[0, fy, 0], [1, fy, 0], [1, fy, 1], [0, fy, 1], [0, fy, 0]],
  ];
  pen.fillStyle = colour('pane');
  for (const pane of panes) {
    pen.beginPath();
    for (const place of pane) { const { x, y } = project(place); pen.lineTo(x, y); }
    pen.fill();
  }
  for (const pane of panes) line('grid', ...pane);
  const [xs, ys, zs] = data.axes.map(({ ticks }) => ticks);
  for (const [x] of xs) line('grid', [x, ny, fz], [x, fy, fz], [x, fy, 1 - fz]);
  for (const [y] of ys) line('grid', [nx, y, fz], [fx, y, fz], [fx, y, 1 - fz]);
  for (const [z] of zs) line('grid', [nx, fy, z], [fx, fy, z], [fx, ny, z]);

  const onTheRight = project([nx, fy, 0.5]).x > project([fx, ny, 0.5]).x;
  const outX = [(nx - fx) / 10, 0, 0], outY = [0, (ny - fy) / 10, 0];
  const edges = [
    { on: (x) => [x, ny, fz], out: outY },
    { on: (y) => [nx, y, fz], out: outX },
    onTheRight ? { on: (z) => [nx, fy, z], out: outX } : { on: (z) => [fx, ny, z], out: outY },
  ];
  pen.fillStyle = colour('text');
  pen.textBaseline = 'middle';
  pen.textAlign = 'center';
  edges.forEach(({ on, out }, i) => {
    line('axis', on(0), on(1));
    const middle = project(on(0.5));
    const beyond = project(on(0.5).map((share, axis) => share + out[axis]));
    const length = Math.hypot(beyond.x - middle.x, beyond.y - middle.y) || 1;
    const dx = (beyond.x - middle.x) / length, dy = (beyond.y - middle.y) / length;
    const reach = (text) => Math.abs(dx) * pen.measureText(text).width / 2 + Math.abs(dy) * 7;
    pen.font = '13px system-ui, sans-serif';
    let widest = 0;
    for (const [share, text] of data.axes[i].ticks) {
      const foot = project(on(share));
      pen.beginPath();
      pen.moveTo(foot.x, foot.y);
      pen.lineTo(foot.x + 6 * dx, foot.y + 6 * dy);
      pen.stroke();
      const by = 10 + reach(text);
      widest = Math.max(widest, reach(text));
      pen.fillText(String(text), foot.x + by * dx, foot.y + by * dy);
    }
    pen.font = '600 13px system-ui, sans-serif';
    const by = 18 + 2 * widest + reach(data.axes[i].name);
    pen.fillText(data.axes[i].name, middle.x + by * dx, middle.y + by * dy);
  });
}

function sizeOf({ near, point }) {
  const size = 13 * near * Math.min(1.6, Math.max(0.8, Math.sqrt(zoom)));
  return { size, width: size * (0.65 + 0.6 * String(point.label).length), height: size * 1.35 };
}

function drawPoint(spot, colour) {
  const { size, width, height } = sizeOf(spot);
  const { colour: fill, ink } = data.classes[spot.point.label];
  pen.beginPath();
  pen.roundRect(spot.x - width / 2, spot.y - height / 2, width, height, size / 5);
  pen.lineWidth = spot.i === chosen ? 4 : 1.5;
  pen.strokeStyle = spot.i === chosen ? colour('text') : colour('page');
  pen.stroke();
  pen.fillStyle = fill;
  pen.fill();
  pen.fillStyle = ink;
  pen.font = size + 'px system-ui, sans-serif';
  pen.fillText(spot.point.label, spot.x, spot.y + size * 0.05);
}

/** The card beside the point that was chosen. */
function tell(spot) {
  about.hidden = !spot;
  if (!spot) return;
  const { point } = spot;
  if (about.dataset.of !== String(point.index)) {
    about.dataset.of = point.index;
    const { name } = data.classes[point.label];
    const heading = document.createElement('strong');
    heading.textContent = name === String(point.label) ? name : point.label + ' · ' + name;
    const rows = data.axes.map((axis, i) => {
      const row = document.createElement('div');
      row.textContent = axis.name + ': ' + String(point.values[i]).replace('-', '−');
      return row;
    });
    about.replaceChildren(heading, ...rows, ...pictureOf(point));
  }
  const left = spot.x + 16 + about.offsetWidth > stage.clientWidth ? spot.x - 16 - about.offsetWidth : spot.x + 16;
  const top = Math.min(Math.max(0, spot.y - about.offsetHeight / 2), stage.clientHeight - about.offsetHeight);
  about.style.left = Math.max(0, left) + 'px';
  about.style.top = Math.max(0, top) + 'px';
}

function pictureOf(point) {
  if (!data.images || !sprite.complete) return [];
  const { columns, width, height } = data.images;
  const picture = document.createElement('canvas');
  picture.width = width;
  picture.height = height;
  const column = point.index % columns, row = Math.floor(point.index / columns);
  picture.getContext('2d').drawImage(sprite, column * width, row * height, width, height, 0, 0, width, height);
  return [picture];
}

function redraw() {
  if (!asked) requestAnimationFrame(draw);
  asked = true;
}

function turn(right, up) {
  azimuth -= right;
  elevation = Math.max(-90, Math.min(90, elevation + up));
  redraw();
}

function zoomBy(factor) {
  zoom = Math.max(0.4, Math.min(8, zoom * factor));
  redraw();
}

function choose(i) {
  if (i === chosen) return;
  chosen = i;
  redraw();
}

function pointAt(event, room) {
  const { left, top } = canvas.getBoundingClientRect();
  const x = event.clientX - left, y = event.clientY - top;
  const spot = drawn.findLast((spot) => {
    const { width, height } = sizeOf(spot);
    return Math.abs(spot.x - x) <= width / 2 + room && Math.abs(spot.y - y) <= height / 2 + room;
  });
  return spot ? spot.i : -1;
}

const fingers = new Map();
const apart = () => {
  const [a, b] = [...fingers.values()];
  return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1;
};
canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, event);
  if (event.pointerType !== 'mouse') choose(pointAt(event, 8));
});
canvas.addEventListener('pointermove', (event) => {
  const before = fingers.get(event.pointerId);
  if (!before) return choose(pointAt(event, 1));
  if (fingers.size === 1) turn((event.clientX - before.clientX) / 2.5, (event.clientY - before.clientY) / 2.5);
  const was = fingers.size === 2 ? apart() : 0;
  fingers.set(event.pointerId, event);
  if (was) zoomBy(apart() / was);
});
canvas.addEventListener('pointerup', (event) => fingers.delete(event.pointerId));
canvas.addEventListener('pointercancel', (event) => fingers.delete(event.pointerId));
canvas.addEventListener('pointerleave', (event) => { if (event.pointerType === 'mouse') choose(-1); });
canvas.addEventListener('wheel', (event) => {
  event.preventDefault();
  zoomBy(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.03 : 0.0015)));
}, { passive: false });

function startOver() {
  ({ elevation, azimuth } = data.view);
  zoom = 1;
  choose(-1);
  redraw();
}
canvas.addEventListener('dblclick', startOver);

function step(by) {
  const shown = data.points.flatMap(({ label }, i) => (hidden.has(label) ? [] : [i]));
  if (shown.length === 0) return;
  const at = shown.indexOf(chosen);
  choose(shown[at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length]);
}
const keys = {
  ArrowLeft: () => turn(-5, 0), ArrowRight: () => turn(5, 0), ArrowUp: () => turn(0, 5), ArrowDown: () => turn(0, -5),
  '+': () => zoomBy(1.15), '=': () => zoomBy(1.15), '-': () => zoomBy(1 / 1.15), 0: startOver, Home: startOver,
  n: () => step(1), p: () => step(-1), Escape: () => choose(-1),
};
canvas.addEventListener('keydown', (event) => {
  const act = keys[event.key] || keys[event.key.toLowerCase()];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  act();
});

data.classes.forEach(({ name, colour, ink }, label) => {
  const button = document.createElement('button');
  const mark = document.createElement('b');
  mark.textContent = String(label);
  mark.style.background = colour;
  mark.style.color = ink;
  button.append(mark, name === String(label) ? '' : name);
  button.setAttribute('aria-pressed', 'true');
  button.setAttribute('aria-label', name);
  button.title = 'Show or hide ' + name;
  button.addEventListener('click', () => {
    if (!hidden.delete(label)) hidden.add(label);
    button.setAttribute('aria-pressed', String(!hidden.has(label)));
    redraw();
  });
  document.getElementById('legend').append(button);
});

document.querySelector('details').addEventListener('toggle', () => {
  const table = document.createElement('table');
  const head = table.createTHead().insertRow();
  for (const name of ['class', ...data.axes.map((axis) => axis.name)]) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = name;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const { label, values } of data.points) {
    const row = body.insertRow();
    for (const text of [data.classes[label].name, ...values]) row.insertCell().textContent = String(text);
  }
  document.getElementById('table').replaceChildren(table);
}, { once: true });

if (data.images) {
  sprite.onload = redraw;
  sprite.src = data.images.url;
}
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
new ResizeObserver(redraw).observe(stage);
`;
