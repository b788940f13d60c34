// Trying again: what deserves it, and how long to wait.

import { ApiProblem } from './api.js';

const ATTEMPTS = 8;
const LONGEST = 30;

/** Bytes were sent and the store said no. `again`: the same bytes may go under a fresh signature. */
export class PartRefused extends Error {
  constructor(status, again) {
    super(`HTTP ${status}`);
    this.status = status;
    this.again = again;
  }
}

function transient(error) {
  if (error instanceof ApiProblem) return error.status === 408 || error.status === 429 || error.status >= 500;
  if (error instanceof PartRefused) return error.again;
  return error instanceof TypeError; // what fetch throws when the network fails
}

/** Resolves after `seconds`, or rejects as soon as `signal` aborts. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, seconds * 1000);
    function done() {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

async function online(signal) {
  while (navigator.onLine === false) await pause(1, signal);
}

/**
 * The result of `act`, tried up to eight times with growing, jittered waits (or as long as the server asks for).
 * `onWait(seconds | null)` is told before each wait; null means: until there is a network.
 */
export async function retrying(act, { signal, onWait = () => {} }) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (signal?.aborted || !transient(error) || attempt >= ATTEMPTS) throw error;
      if (navigator.onLine === false) {
        onWait(null);
        await online(signal);
      } else {
        const seconds = error.retryAfter ?? Math.min(LONGEST, 2 ** (attempt - 1)) * (0.75 + Math.random() / 2);
        onWait(Math.ceil(seconds));
        await pause(seconds, signal);
      }
    }
  }
}
