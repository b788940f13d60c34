// The page's words: translated by the server, handed over in <script id="strings" type="application/json">.

const element = document.getElementById('strings');
const strings = element ? JSON.parse(element.textContent) : {};

/** The text `name`, with {placeholders} filled from `values`. */
export function say(name, values = {}) {
  return (strings[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

const language = document.documentElement.lang || 'vi';
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** `1234567` → `1,2 MB`, in the page's number format. */
export function bytes(size) {
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)} ${UNITS[unit]}`;
}

/** Seconds as `1:05` or `1:02:03`. */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, '0');
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

const MOMENT = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short' });

/** An instant of the API in the reader's form and time zone. */
export function moment(text) {
  return MOMENT.format(new Date(text));
}
