// Ask the device for a passkey: make one, or answer with one. The form is sent when the device has agreed.

/** Fetch what to ask for, ask the device, and put its answer into the form. */
async function ask(form) {
  const reply = await fetch(form.dataset.options, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrf_token.value },
    credentials: "same-origin",
  });
  if (!reply.ok) throw new Error(String(reply.status));
  const options = await reply.json();
  const isNew = form.dataset.passkey === "create";
  const publicKey = isNew
    ? PublicKeyCredential.parseCreationOptionsFromJSON(options)
    : PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const made = isNew
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey });
  form.elements.credential.value = JSON.stringify(made);
}

/** Let the form's button ask the device first. */
function start(form) {
  const say = form.querySelector("[data-passkey-say]");
  const button = form.querySelector("button");
  if (!window.PublicKeyCredential || !PublicKeyCredential.parseCreationOptionsFromJSON) {
    say.textContent = form.dataset.sayAbsent;
    return;
  }
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    button.disabled = true;
    say.textContent = form.dataset.sayWait;
    try {
      await ask(form);
      button.disabled = false;
      form.requestSubmit();
    } catch (error) {
      console.debug("passkey", error); // refused, cancelled, or no connection: the person may try again
      button.disabled = false;
      say.textContent = form.dataset.sayAgain;
    }
  });
}

document.querySelectorAll("form[data-passkey]").forEach(start);
