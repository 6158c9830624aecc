// Suggestions under a search box: a combobox with a list, after the pattern of WAI-ARIA. The keys are those of GitHub's
// combobox-nav; here are when to ask, what is announced, and when the list goes. Without scripts the box is a plain one.
const WAIT = 150;

const suggesting = async (input) => {
  const { default: Combobox } = await import(input.dataset.combobox);
  const list = document.getElementById(`${input.id}-list`);
  const said = document.getElementById(`${input.id}-said`);
  const combobox = new Combobox(input, list, { tabInsertsSuggestions: false });
  let timer, request;

  const close = () => {
    clearTimeout(timer);
    request?.abort();
    if (!list.hidden) combobox.stop();
    list.hidden = true;
    said.textContent = "";
  };

  const show = (options) => {
    close();
    list.innerHTML = options;
    said.textContent = list.firstElementChild.dataset.said;
    if (!list.querySelector("[role=option]")) return;
    list.hidden = false;
    combobox.start();
  };

  const ask = async () => {
    request?.abort();
    if (!input.value.trim()) { close(); return; }
    request = new AbortController();
    try {
      const answer = await fetch(`/suggest?q=${encodeURIComponent(input.value)}`, { signal: request.signal });
      if (answer.ok && document.activeElement === input) show(await answer.text());
    } catch { /* asked anew, or the server does not answer: the box works without suggestions */ }
  };

  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  };

  // What an input method is still composing is not yet what was meant.
  input.addEventListener("input", (event) => { if (!event.isComposing) later(); });
  input.addEventListener("compositionend", later);
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) { close(); event.preventDefault(); }
    if (event.key === "ArrowDown" && list.hidden) { ask(); event.preventDefault(); }
  });
  // The box keeps the focus while an option is clicked.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("combobox-commit", (event) => location.assign(event.target.dataset.href));
  if (input.value !== input.defaultValue) later();
};

for (const input of document.querySelectorAll("input[data-combobox]")) {
  input.addEventListener("focus", () => suggesting(input), { once: true });
  if (document.activeElement === input) suggesting(input);
}
