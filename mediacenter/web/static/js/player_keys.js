// The player's keys, as people know them from elsewhere.

import { clock, say } from './strings.js';

const TYPING = 'input, textarea, select, [contenteditable]';
const PRESSED_BY_SPACE = 'button, summary, a[href]';

function seek(player, seconds) {
  const { media } = player;
  if (!Number.isFinite(media.duration)) return;
  media.currentTime = Math.max(0, Math.min(media.duration, seconds));
  player.announce(say('position', { time: clock(media.currentTime), duration: clock(media.duration) }));
}

// A pause that comes before playing began is what the viewer asked for; anything else is an error.
export function play(media) {
  media.play().catch((error) => {
    if (error.name !== 'AbortError') throw error;
  });
}

function togglePlay(player) {
  const { media } = player;
  if (media.paused) play(media);
  else media.pause();
  player.announce(say(media.paused ? 'paused' : 'playing'));
}

function toggleSound(player) {
  player.media.muted = !player.media.muted;
  player.announce(say(player.media.muted ? 'muted' : 'unmuted'));
}

function volume(player, step) {
  player.media.volume = Math.max(0, Math.min(1, player.media.volume + step));
  player.announce(`${Math.round(player.media.volume * 100)} %`);
}

function toggleFullScreen(player) {
  if (document.fullscreenElement) document.exitFullscreen();
  else (player.media.requestFullscreen ?? player.media.webkitEnterFullscreen)?.call(player.media);
}

function toggleCaptions(player) {
  const tracks = [...player.media.textTracks].filter(({ kind }) => kind === 'captions' || kind === 'subtitles');
  if (!tracks.length) return;
  const shown = tracks.some((track) => track.mode === 'showing');
  const language = document.documentElement.lang.slice(0, 2);
  const wanted = tracks.find((track) => track.language.startsWith(language)) ?? tracks[0];
  for (const track of tracks) track.mode = !shown && track === wanted ? 'showing' : 'disabled';
  player.announce(say(shown ? 'captionsOff' : 'captionsOn'));
}

const KEYS = {
  ' ': togglePlay,
  k: togglePlay,
  m: toggleSound,
  f: toggleFullScreen,
  c: toggleCaptions,
  j: (player) => seek(player, player.media.currentTime - 10),
  l: (player) => seek(player, player.media.currentTime + 10),
  ArrowLeft: (player) => seek(player, player.media.currentTime - 5),
  ArrowRight: (player) => seek(player, player.media.currentTime + 5),
  ArrowUp: (player) => volume(player, 0.1),
  ArrowDown: (player) => volume(player, -0.1),
};

/** Listens on `target` in the capture phase, so that the browser's own media keys do not act a second time. */
export function handleKeys(player, target) {
  target.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.(TYPING)) return;
    if (event.key === ' ' && event.target.closest?.(PRESSED_BY_SPACE)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const tenth = /^[0-9]$/.test(key) ? Number(key) : null;
    const act = tenth === null ? KEYS[key] : () => seek(player, (player.media.duration * tenth) / 10);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act(player);
  }, { capture: true });
}
