// Forms with data-webauthn="create" or "get" ask the browser for a key before they are sent; the answer goes along as JSON.
// The options are in <script id="webauthn-options" type="application/json">, bytes as base64url.

const options = JSON.parse(document.getElementById('webauthn-options').textContent);
const words = document.getElementById('webauthn-words').dataset;

function bytes(text) {
  const padded = text.replace(/-/g, '+').replace(/_/g, '/').padEnd(Math.ceil(text.length / 4) * 4, '=');
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(letters).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

const withBytes = (credentials) => (credentials ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

async function create({ publicKey }) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: withBytes(publicKey.excludeCredentials),
    },
  });
  return answer(made, {
    attestationObject: text(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  });
}

async function get({ publicKey }) {
  const found = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      allowCredentials: withBytes(publicKey.allowCredentials),
    },
  });
  return answer(found, {
    authenticatorData: text(found.response.authenticatorData),
    signature: text(found.response.signature),
    userHandle: found.response.userHandle ? text(found.response.userHandle) : null,
  });
}

function answer(credential, response) {
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? null,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { clientDataJSON: text(credential.response.clientDataJSON), ...response },
  };
}

function explain(error) {
  if (error.name === 'InvalidStateError') return words.known;
  return error.name === 'SecurityError' ? words.unsupported : words.failed;
}

for (const form of document.querySelectorAll('[data-webauthn]')) {
  const complaint = form.querySelector('[data-webauthn-error]');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    complaint.hidden = true;
    if (!navigator.credentials || !window.PublicKeyCredential) {
      complaint.textContent = words.unsupported;
      complaint.hidden = false;
      return;
    }
    try {
      const credential = form.dataset.webauthn === 'create' ? await create(options.create) : await get(options.get);
      form.elements.namedItem('credential').value = JSON.stringify(credential);
    } catch (error) {
      complaint.textContent = explain(error);
      complaint.hidden = false;
      return;
    }
    form.submit();
  });
}
