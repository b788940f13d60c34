// The upload page: takes files by drag and drop or by the dialog, and shows how far each is.

import { Api, ApiProblem } from './api.js';
import { expectation, follow, words } from './processing.js';
import { bytes, say } from './strings.js';
import { Memory, Slots, Transfer, Unreadable } from './uploader.js';

const FILES_AT_ONCE = 2;

const form = document.getElementById('upload');
const drop = document.getElementById('drop');
const input = document.getElementById('files');
const section = document.getElementById('transfers');
const list = document.getElementById('list');
const unfinishedList = document.getElementById('unfinished');
const summary = document.getElementById('summary');
const template = document.getElementById('transfer');

const api = new Api(form.dataset.api, form.elements.csrfmiddlewaretoken.value);
const memory = new Memory(form.dataset.person);
const slots = new Slots();
const files = new Slots(FILES_AT_ONCE);
const rows = new Set();

const BUTTONS = {
  waiting: ['cancel'],
  checking: ['pause', 'cancel'],
  sending: ['pause', 'cancel'],
  paused: ['resume', 'cancel'],
  completing: [],
  duplicate: ['anyway', 'remove'],
  failed: ['retry', 'cancel'],
  cancelled: ['remove'],
  ready: ['remove'],
  rejected: ['remove'],
};
const BUTTON_WORDS = { anyway: 'uploadAnyway' };

/** One line of the list. */
class Row {
  constructor(name) {
    this.element = template.content.firstElementChild.cloneNode(true);
    this.name = name;
    this.stateWords = this.part('.transfer-state');
    this.link = this.part('.transfer-link');
    this.bar = this.part('progress');
    this.part('.transfer-name').textContent = name;
    this.bar.setAttribute('aria-label', name);
    for (const button of this.element.querySelectorAll('button')) {
      button.textContent = say(BUTTON_WORDS[button.dataset.act] ?? button.dataset.act);
      button.setAttribute('aria-label', say('of', { action: button.textContent, name }));
    }
  }

  part(selector) {
    return this.element.querySelector(selector);
  }

  show(state, text, { percent = null, buttons = BUTTONS[state] ?? [] } = {}) {
    this.element.dataset.state = state;
    this.stateWords.textContent = text;
    this.bar.hidden = percent === null;
    if (percent !== null) this.bar.value = percent;
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    for (const button of this.element.querySelectorAll('button')) button.hidden = !buttons.includes(button.dataset.act);
    if (focused?.hidden) this.element.querySelector('button:not([hidden])')?.focus();
  }

  offer(url, text) {
    this.link.href = url;
    this.link.textContent = text;
    this.link.hidden = false;
  }
}

class FileRow extends Row {
  constructor(file) {
    super(file.name);
    this.end = null;
    this.transfer = new Transfer({ api, file, memory, slots, fields: chosenFields() });
    this.transfer.addEventListener('change', () => this.render());
    this.element.addEventListener('click', (event) => this.act(event.target.dataset.act));
    this.render();
  }

  render() {
    const { phase, percent, sent, file, wait } = this.transfer;
    if (phase === 'stored') return;
    const texts = {
      sending: () => this.sendingWords(),
      paused: () => say('paused', { percent }),
      duplicate: () => say('duplicate'),
      failed: () => say('failed', { message: this.failure() }),
    };
    const moving = ['sending', 'paused', 'completing', 'failed'].includes(phase) && sent > 0;
    let text = texts[phase]?.() ?? say(phase);
    if (wait !== null) text = wait === 'offline' ? say('offline') : say('retrying', { seconds: wait });
    this.show(phase, text, { percent: moving || phase === 'sending' ? (100 * sent) / file.size : null });
    if (phase === 'duplicate') {
      const original = this.transfer.error.data.duplicate_of;
      this.offer(original.url, say('duplicateOpen', { reference: original.reference }));
    } else this.link.hidden = true;
    summarise();
  }

  sendingWords() {
    const { sent, percent, file, resumedAt } = this.transfer;
    const values = { sent: bytes(sent), size: bytes(file.size), percent };
    const already = resumedAt ? ` ${say('resumed', { sent: bytes(resumedAt), size: bytes(file.size) })}` : '';
    return say('sending', values) + already;
  }

  failure() {
    const { error } = this.transfer;
    if (error instanceof Unreadable) return say('unreadable');
    return error instanceof ApiProblem ? error.message : say('offline');
  }

  async start(run = () => this.transfer.run()) {
    await files.use(async () => {
      if (this.transfer.phase !== 'cancelled') await run();
    });
    if (this.transfer.phase === 'stored') await this.follow();
  }

  async follow() {
    const { id, url } = this.transfer.upload.asset;
    if (form.dataset.after) { // a replacement: its page says how it goes on
      location.assign(form.dataset.after);
      return;
    }
    this.offer(url, say('open'));
    try {
      await follow(api, id, ({ processing }) => {
        const ended = ['ready', 'rejected'].includes(processing.state);
        this.end = ended ? processing.state : null;
        const expected = ended || !processing.estimated_ready_at ? '' : ` · ${expectation(processing)}`;
        this.show(processing.state, words(processing) + expected, { percent: ended ? null : processing.progress });
        summarise();
      });
    } catch (error) {
      this.show('failed', say('failed', { message: error.message }), { buttons: ['remove'] });
    }
  }

  act(name) {
    if (name === 'pause') this.transfer.pause();
    else if (name === 'cancel') this.transfer.cancel();
    else if (name === 'resume' || name === 'retry') this.start();
    else if (name === 'anyway') this.start(() => this.transfer.uploadAnyway());
    else if (name === 'remove') this.remove();
  }

  remove() {
    rows.delete(this);
    this.element.remove();
    input.focus();
    summarise();
  }

  get running() {
    return ['waiting', 'checking', 'sending', 'completing'].includes(this.transfer.phase);
  }
}

function chosenFields() {
  const fields = {};
  for (const name of ['agency', 'language', 'kind', 'album', 'asset', 'reason']) {
    const value = form.elements[name]?.value.trim();
    if (value) fields[name] = value;
  }
  return fields;
}

function summarise() {
  const ready = [...rows].filter((row) => row.end === 'ready').length;
  const text = rows.size ? say('summary', { ready, total: rows.size }) : '';
  if (summary.textContent !== text) summary.textContent = text;
}

function add(chosen) {
  if (!chosen.length || !form.reportValidity()) return;
  section.hidden = false;
  for (const file of chosen) {
    unfinishedRow(memory.read(file))?.remove();
    const row = new FileRow(file);
    rows.add(row);
    list.append(row.element);
    if (file.size === 0) row.show('failed', say('failed', { message: say('empty') }), { buttons: ['remove'] });
    else row.start();
  }
  summary.textContent = say('added', { count: chosen.length });
}

function unfinishedRow(id) {
  return id ? unfinishedList.querySelector(`[data-upload="${CSS.escape(id)}"]`) : null;
}

/** Uploads of earlier visits that wait for the rest of their file. */
async function showUnfinished() {
  const { results } = await api.call('GET', 'uploads');
  for (const upload of results.filter((each) => each.state === 'open')) {
    const row = new Row(upload.filename);
    row.element.dataset.upload = upload.id;
    row.show('unfinished', say('unfinished', { name: upload.filename, size: bytes(upload.size) }), { buttons: ['cancel'] });
    row.part('.transfer-name').hidden = true;
    row.part('[data-act="cancel"]').addEventListener('click', async () => {
      await api.call('DELETE', `uploads/${upload.id}`);
      memory.forgetUpload(upload.id);
      row.element.remove();
      input.focus();
    });
    unfinishedList.append(row.element);
    section.hidden = false;
  }
}

function takeChosen() {
  add([...input.files]);
  input.value = ''; // the same file may be chosen again
}
input.addEventListener('change', takeChosen);
form.addEventListener('submit', (event) => event.preventDefault());
for (const name of ['dragenter', 'dragover']) {
  window.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    drop.classList.add('over');
  });
}
window.addEventListener('dragleave', (event) => {
  if (!event.relatedTarget) drop.classList.remove('over');
});
window.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  add([...event.dataTransfer.items].filter((item) => item.kind === 'file' && !item.webkitGetAsEntry?.()?.isDirectory)
    .map((item) => item.getAsFile()));
});
window.addEventListener('beforeunload', (event) => {
  if ([...rows].some((row) => row.running)) event.preventDefault();
});
if (!form.dataset.after) showUnfinished();
if (input.files.length) takeChosen(); // before this script was here
