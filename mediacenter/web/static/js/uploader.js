// The multipart protocol of the API: create, send parts straight to the store, complete; stop and go on at any point.

import { ApiProblem } from './api.js';
import { PartRefused, retrying } from './retrying.js';

const MIB = 1024 * 1024;
const PARALLEL = 4;
const MEMORY = 256 * MIB; // of parts held for hashing and sending at a time
const WHOLE_HASH_LIMIT = 64 * MIB; // below it the whole file is hashed first, so that duplicates show before sending
const FORBIDDEN = new Set(['content-length', 'host']); // set by the browser itself, always right

/** The file of the user is gone or was changed since it was chosen. */
export class Unreadable extends Error {}

const canHash = Boolean(globalThis.crypto?.subtle); // only in secure contexts

async function read(blob) {
  try {
    return await blob.arrayBuffer();
  } catch (error) {
    throw new Unreadable(error.message, { cause: error });
  }
}

async function sha256(buffer) {
  const digest = await crypto.subtle.digest('SHA-256', buffer);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Remembers which upload a file belongs to, so that it goes on after a reload. Per person and per file. */
export class Memory {
  constructor(person) {
    this.prefix = `upload:${person}:`;
  }

  key(file) {
    return `${this.prefix}${file.name}:${file.size}:${file.lastModified}`;
  }

  read(file) {
    return localStorage.getItem(this.key(file));
  }

  write(file, id) {
    localStorage.setItem(this.key(file), id);
  }

  forget(file) {
    localStorage.removeItem(this.key(file));
  }

  /** By upload id: for one that is cancelled without its file at hand. */
  forgetUpload(id) {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(this.prefix) && localStorage.getItem(key) === id) localStorage.removeItem(key);
    }
  }
}

/** At most `count` parts on their way at once, over all files. */
export class Slots {
  constructor(count = PARALLEL) {
    this.free = count;
    this.waiting = [];
  }

  async use(work) {
    if (this.free === 0) await new Promise((resolve) => this.waiting.push(resolve));
    else this.free -= 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}

/**
 * One file on its way. Events: `change` whenever something to show changed; the fields tell what.
 * `phase`: waiting, checking, sending, paused, completing, stored, duplicate, cancelled, failed.
 */
export class Transfer extends EventTarget {
  constructor({ api, file, fields, memory, slots }) {
    super();
    Object.assign(this, { api, file, fields, memory, slots });
    this.phase = 'waiting';
    this.upload = null;
    this.error = null;
    this.wait = null;
    this.resumedAt = 0;
    this.arrived = new Map(); // part number → bytes
    this.moving = new Map(); // part number → bytes sent so far
    this.idempotencyKey = randomKey();
    this.allowDuplicate = false;
  }

  get sent() {
    let total = 0;
    for (const size of this.arrived.values()) total += size;
    for (const size of this.moving.values()) total += size;
    return Math.min(total, this.file.size);
  }

  get percent() {
    return Math.floor((100 * this.sent) / this.file.size);
  }

  set(phase, more = {}) {
    Object.assign(this, { phase, wait: null }, more);
    this.dispatchEvent(new Event('change'));
  }

  /** Runs, or goes on, until the file is stored, stopped or failed. Never throws. */
  async run() {
    this.controller = new AbortController();
    try {
      await this.begin();
      if (!this.upload.asset) {
        await this.send();
        this.set('completing');
        this.upload = await this.persist((signal) =>
          this.api.call('POST', `uploads/${this.upload.id}/complete`, { body: {}, signal }));
      }
      this.memory.forget(this.file);
      this.set('stored');
    } catch (error) {
      this.stopped(error);
    } finally {
      this.moving.clear();
    }
  }

  stopped(error) {
    if (this.phase === 'paused' || this.phase === 'cancelled') return;
    this.controller.abort();
    if (error instanceof ApiProblem && error.code === 'duplicate') this.set('duplicate', { error });
    else this.set('failed', { error });
  }

  pause() {
    this.moving.clear();
    this.set('paused');
    this.controller?.abort();
  }

  async cancel() {
    this.set('cancelled');
    this.controller?.abort();
    this.memory.forget(this.file);
    if (this.upload && !this.upload.asset) {
      await retrying(() => this.api.call('DELETE', `uploads/${this.upload.id}`), {});
    }
  }

  uploadAnyway() {
    this.allowDuplicate = true;
    this.idempotencyKey = randomKey(); // another request than the one that was refused
    return this.run();
  }

  persist(act) {
    const { signal } = this.controller;
    return retrying(() => act(signal), { signal, onWait: (seconds) => this.set(this.phase, { wait: seconds ?? 'offline' }) });
  }

  async begin() {
    this.set('checking');
    this.arrived.clear();
    const known = this.upload?.id ?? this.memory.read(this.file);
    if (known && (await this.take(known))) return;
    const whole = canHash && this.file.size <= WHOLE_HASH_LIMIT ? await sha256(await read(this.file)) : undefined;
    this.upload = await this.persist((signal) => this.api.call('POST', 'uploads', {
      signal,
      headers: { 'Idempotency-Key': this.idempotencyKey },
      body: {
        ...this.fields,
        filename: this.file.name,
        size: this.file.size,
        part_checksums: canHash ? 'sha256' : 'none',
        ...(whole ? { sha256: whole } : {}),
        ...(this.allowDuplicate ? { allow_duplicate: true } : {}),
      },
    }));
    this.memory.write(this.file, this.upload.id);
  }

  /** Goes on with a known upload; false when the server does not have it open any more. */
  async take(id) {
    try {
      const upload = await this.persist((signal) => this.api.call('GET', `uploads/${id}`, { signal }));
      if (upload.size === this.file.size && upload.state === 'completed') {
        this.upload = upload;
        return true;
      }
      if (upload.size === this.file.size && upload.state === 'open') {
        const { parts } = await this.persist((signal) => this.api.call('GET', `uploads/${id}/parts`, { signal }));
        for (const part of parts) this.arrived.set(part.number, part.size);
        this.upload = upload;
        this.resumedAt = this.sent;
        return true;
      }
    } catch (error) {
      if (!(error instanceof ApiProblem && error.status === 404)) throw error;
    }
    this.memory.forget(this.file);
    this.upload = null;
    return false;
  }

  async send() {
    const { part_count: count, part_size: size } = this.upload;
    const missing = [];
    for (let number = 1; number <= count; number += 1) if (!this.arrived.has(number)) missing.push(number);
    this.set('sending');
    const lanes = Math.max(1, Math.min(PARALLEL, missing.length, Math.floor(MEMORY / size)));
    const lane = async () => {
      while (missing.length) {
        const number = missing.shift();
        await this.slots.use(() => this.persist((signal) => this.sendPart(number, signal)));
      }
    };
    try {
      await Promise.all(Array.from({ length: lanes }, lane));
    } catch (error) {
      missing.length = 0; // the other lanes end with the part they have
      throw error;
    }
  }

  async sendPart(number, signal) {
    signal.throwIfAborted();
    const start = (number - 1) * this.upload.part_size;
    const body = await read(this.file.slice(start, start + this.upload.part_size));
    const wanted = { number, ...(this.upload.part_checksums === 'sha256' ? { sha256: await sha256(body) } : {}) };
    const { parts: [signed] } = await this.api.call('POST', `uploads/${this.upload.id}/parts`, {
      body: { parts: [wanted] },
      signal,
    });
    try {
      await put(signed, body, signal, (bytes) => {
        this.moving.set(number, bytes);
        this.set('sending');
      });
    } finally {
      this.moving.delete(number);
    }
    this.arrived.set(number, body.byteLength);
    this.set('sending');
  }
}

/** XMLHttpRequest, since fetch tells nothing of what was sent so far. */
function put(signed, body, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open(signed.method, signed.url);
    for (const [name, value] of Object.entries(signed.headers)) {
      if (!FORBIDDEN.has(name.toLowerCase())) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve();
      // 400 and 403: damaged on the way, or the signature expired meanwhile; both may succeed when signed anew
      else reject(new PartRefused(request.status, request.status !== 404 && request.status !== 410));
    };
    request.onerror = () => reject(new TypeError('network'));
    request.ontimeout = request.onerror;
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort, { once: true });
    request.send(body);
  });
}
