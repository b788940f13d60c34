// A strip below the video that shows what is where: hover or move along it with the keys, press to go there.

import { clock, say } from './strings.js';

const CUE = /([\d:.]+) --> ([\d:.]+)[^\n]*\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/g;

function seconds(text) {
  return text.split(':').reduce((total, part) => total * 60 + Number(part), 0);
}

/** The cues of a WebVTT whose payloads are `image#xywh=…`; image addresses resolve against the file's own. */
export function parseCues(text, base) {
  return [...text.matchAll(CUE)].map(([, start, end, image, x, y, width, height]) => ({
    start: seconds(start),
    end: seconds(end),
    image: new URL(image, base).href,
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
}

/** Adds the strip to a player; the pictures are fetched on first use. */
export function addSeekPictures(player) {
  const { media, root } = player;
  const strip = document.createElement('input');
  Object.assign(strip, { type: 'range', className: 'player-strip', min: 0, max: 1, step: 0.1, value: 0 });
  strip.setAttribute('aria-label', say('preview'));
  const picture = document.createElement('div');
  picture.className = 'player-preview';
  picture.hidden = true;
  const time = picture.appendChild(document.createElement('span'));
  const bar = root.querySelector('.player-bar');
  bar.before(strip);
  root.append(picture);
  let cues = null;
  let wanted = null; // where the pointer is, in seconds, for pictures that are still on their way

  async function load() {
    cues = [];
    const response = await fetch(root.dataset.sprite);
    if (response.ok) cues = parseCues(await response.text(), response.url);
    if (wanted !== null) show(wanted);
  }

  function show(at) {
    wanted = at;
    const cue = cues?.find((each) => at >= each.start && at < each.end) ?? cues?.at(-1);
    if (!cue) return;
    Object.assign(picture.style, {
      width: `${cue.width}px`,
      height: `${cue.height}px`,
      backgroundImage: `url("${cue.image}")`,
      backgroundPosition: `-${cue.x}px -${cue.y}px`,
    });
    const room = strip.clientWidth - cue.width;
    picture.style.left = `${strip.offsetLeft + Math.max(0, Math.min(room, (at / media.duration) * strip.clientWidth - cue.width / 2))}px`;
    picture.style.top = `${strip.offsetTop - cue.height - 6}px`;
    time.textContent = clock(at);
    picture.hidden = false;
  }

  const hide = () => { picture.hidden = true; wanted = null; };
  const sync = () => {
    if (!Number.isFinite(media.duration)) return;
    strip.max = media.duration;
    if (document.activeElement !== strip || media.paused === false) strip.value = media.currentTime;
    strip.setAttribute('aria-valuetext', `${clock(media.currentTime)} / ${clock(media.duration)}`);
  };
  media.addEventListener('durationchange', sync);
  media.addEventListener('timeupdate', sync);
  strip.addEventListener('pointerenter', () => { if (!cues) load(); });
  strip.addEventListener('focus', () => { if (!cues) load(); });
  strip.addEventListener('pointermove', (event) => {
    const share = (event.clientX - strip.getBoundingClientRect().left) / strip.clientWidth;
    show(Math.max(0, Math.min(1, share)) * media.duration);
  });
  strip.addEventListener('input', () => {
    media.currentTime = Number(strip.value);
    show(Number(strip.value));
  });
  strip.addEventListener('pointerleave', hide);
  strip.addEventListener('blur', hide);
}
