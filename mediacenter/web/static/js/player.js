// The player: adaptive streaming by hls.js, else the browser's own HLS, else the progressive file; keys and a quality menu.

import { handleKeys, play } from './player_keys.js';
import { addSeekPictures } from './seek_pictures.js';
import { say } from './strings.js';

const NETWORK_RETRIES = 5;
const AUTOMATIC = -1;

export class Player {
  constructor(root, keyTarget = root) {
    this.root = root;
    this.media = root.querySelector('video, audio');
    this.said = root.querySelector('.player-said');
    this.error = root.querySelector('.player-error');
    this.quality = root.querySelector('.player-quality');
    this.hls = null;
    handleKeys(this, keyTarget);
    this.error.querySelector('button').addEventListener('click', () => this.start());
    this.media.addEventListener('error', () => this.fail());
    this.media.addEventListener('playing', () => { this.error.hidden = true; });
    if (root.dataset.sprite && this.media instanceof HTMLVideoElement) addSeekPictures(this);
  }

  /** Whether what it plays still grows while the film is processed. */
  get isGrowing() {
    return 'growing' in this.root.dataset;
  }

  /** Whether somebody has begun to watch. */
  get isWatched() {
    return this.media.currentTime > 0 || !this.media.paused;
  }

  async start() {
    this.error.hidden = true;
    const { hls: address, library } = this.root.dataset;
    if (!address) return;
    const Hls = await this.load(library);
    if (Hls?.isSupported()) this.stream(Hls, address);
    else if (this.media.canPlayType('application/vnd.apple.mpegurl')) this.media.src = address;
    else this.playProgressive();
  }

  /** From a growing stream to the whole film as the API tells of it, at the same place. */
  async passOver({ hls, download, sprite }) {
    const { currentTime, paused } = this.media;
    delete this.root.dataset.growing;
    Object.assign(this.root.dataset, { hls, progressive: download ?? '', sprite: sprite ?? '' });
    if (sprite && this.media instanceof HTMLVideoElement) addSeekPictures(this);
    this.media.addEventListener('loadedmetadata', () => {
      this.media.currentTime = currentTime;
      if (!paused) play(this.media);
    }, { once: true });
    await this.start();
  }

  /** hls.js, or null where it cannot be fetched: the other ways to play are left. */
  async load(address) {
    try {
      return (await import(address)).default;
    } catch (error) {
      console.warn('hls.js is not available', error);
      return null;
    }
  }

  stream(Hls, address, at = 0) {
    this.hls?.destroy();
    this.retries = 0;
    this.address = address;
    // of a growing film the beginning, not what came last
    const startPosition = this.isGrowing ? at : -1;
    this.hls = new Hls({ enableWorker: false, capLevelToPlayerSize: true, maxBufferLength: 30, backBufferLength: 60, startPosition });
    this.hls.on(Hls.Events.MANIFEST_PARSED, () => this.offerQualities(this.hls.levels[this.hls.firstLevel]));
    this.hls.on(Hls.Events.LEVEL_SWITCHED, () => this.showQuality());
    this.hls.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) this.recover(Hls, data); });
    this.hls.loadSource(address);
    this.hls.attachMedia(this.media);
  }

  recover(Hls, { type, response }) {
    const { hls: address } = this.root.dataset;
    if (this.isGrowing && response?.code === 403 && address !== this.address) { // the signature has expired
      this.hls.destroy();
      this.stream(Hls, address, this.media.currentTime);
      return;
    }
    const again = this.retries < NETWORK_RETRIES && ![403, 404, 410].includes(response?.code);
    if (again && type === Hls.ErrorTypes.NETWORK_ERROR) {
      this.retries += 1;
      setTimeout(() => this.hls?.startLoad(), 1000 * this.retries);
    } else if (again && type === Hls.ErrorTypes.MEDIA_ERROR) {
      this.retries += 1;
      this.hls.recoverMediaError();
    } else this.playProgressive();
  }

  /** The last way to play; at the place where the stream stopped. */
  playProgressive() {
    const { progressive } = this.root.dataset;
    this.hls?.destroy();
    this.hls = null;
    if (this.quality) this.quality.hidden = true;
    if (!progressive || this.media.currentSrc === progressive) {
      this.fail();
      return;
    }
    const { currentTime, paused } = this.media;
    this.media.src = progressive;
    this.media.currentTime = currentTime;
    if (!paused) play(this.media);
  }

  fail() {
    if (this.hls) return; // hls.js sees media errors itself
    this.error.querySelector('span').textContent = say('failed');
    this.error.hidden = false;
  }

  /** The qualities in the codecs of `playing`: hls.js stays within them, and the same size in two codecs is no choice. */
  offerQualities(playing) {
    const { levels } = this.hls;
    const offered = levels.map((level, index) => ({ level, index })).filter(({ level }) => level.codecSet === playing.codecSet);
    this.codecs = playing.codecSet;
    if (!this.quality) return;
    const select = this.quality.querySelector('select');
    const options = offered.map(({ level, index }) => new Option(say('height', { height: shortSide(level) }), index));
    select.replaceChildren(new Option(say('automatic'), AUTOMATIC), ...options.reverse());
    select.onchange = () => {
      this.hls.nextLevel = Number(select.value);
      this.showQuality();
    };
    this.quality.hidden = offered.length < 2;
  }

  /** Which quality plays; readable for scripts and tests as `data-level` too. */
  showQuality() {
    const level = this.hls?.levels[this.hls.currentLevel];
    if (!level || !this.quality) return;
    if (level.codecSet !== this.codecs) this.offerQualities(level);
    this.root.dataset.level = String(shortSide(level));
    const automatic = this.quality.querySelector(`option[value="${AUTOMATIC}"]`);
    if (automatic) {
      automatic.textContent = this.hls.autoLevelEnabled ? say('automaticAt', { height: shortSide(level) }) : say('automatic');
    }
  }

  announce(text) {
    this.said.textContent = text;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => { this.said.textContent = ''; }, 3000);
  }
}

function shortSide({ width, height }) {
  return Math.min(width, height);
}

/** Starts every player of the page and answers them; `keyTarget` makes one of them listen to keys beyond itself. */
export function startPlayers(keyTarget) {
  const players = [...document.querySelectorAll('[data-player]')].map((root) => new Player(root, keyTarget ?? root));
  for (const player of players) player.start();
  return players;
}
