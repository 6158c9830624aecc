// What pages do better with scripts: the color scheme that was chosen, copying, drafts of forms, and changes of the
// results told to everybody. Every page is complete without it.
"use strict";
(() => {
  const root = document.documentElement;
  const wide = window.matchMedia("(min-width: 60rem)");
  const kept = (store, name) => { try { return store.getItem(name); } catch { return null; } };
  const keep = (store, name, value) => { try { store.setItem(name, value); } catch { /* a private window */ } };

  // Before anything is painted.
  const scheme = kept(localStorage, "scheme");
  if (scheme) root.dataset.scheme = scheme;
  root.classList.add("js");

  const isDark = () => (root.dataset.scheme || (window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

  const switchScheme = () => {
    root.dataset.scheme = isDark() ? "light" : "dark";
    keep(localStorage, "scheme", root.dataset.scheme);
  };

  const copy = async (button) => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    const words = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = words; }, 2000);
  };

  // A draft stays in this tab until its form has been taken.
  const draftOf = (path) => `draft ${path}`;
  const saved = (form) => [...form.elements].filter((e) => e.name && e.name !== "csrf" && !["file", "password", "submit", "hidden"].includes(e.type));
  const saveDraft = (form) => {
    const values = saved(form).map((e) => [e.name, e.value, e.checked ?? null]);
    keep(sessionStorage, draftOf(location.pathname), JSON.stringify(values));
    form.querySelector("[data-saved]").hidden = false;
  };
  const restoreDraft = (form) => {
    const draft = kept(sessionStorage, draftOf(location.pathname));
    if (!draft) return;
    const fields = saved(form);
    JSON.parse(draft).forEach(([name, value, checked], place) => {
      const field = fields[place];
      if (!field || field.name !== name) return;
      if (["checkbox", "radio"].includes(field.type)) field.checked = checked; else field.value = value;
    });
    form.querySelector("[data-saved]").hidden = false;
  };

  // A form that was taken leads to another page; one that was not comes back at its own address.
  const forgetTakenDraft = () => {
    const sent = kept(sessionStorage, "sent");
    if (!sent) return;
    sessionStorage.removeItem("sent");
    if (sent !== location.pathname) sessionStorage.removeItem(draftOf(sent));
  };

  const openDrawer = () => {
    const drawer = document.querySelector(".drawer");
    if (drawer && wide.matches) drawer.open = true;
  };

  document.addEventListener("DOMContentLoaded", () => {
    openDrawer();
    wide.addEventListener("change", openDrawer);
    for (const button of document.querySelectorAll("[data-copy], [data-scheme-switch]")) button.hidden = false;
    forgetTakenDraft();
    for (const form of document.querySelectorAll("form[data-draft]")) {
      form.addEventListener("submit", () => keep(sessionStorage, "sent", location.pathname));
      restoreDraft(form);
      form.addEventListener("input", () => saveDraft(form));
    }
    const summary = document.querySelector(".error-summary");
    if (summary) summary.focus();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.matches("[data-scheme-switch]")) switchScheme();
    if (button?.matches("[data-copy]")) copy(button);
  });

  // A search that fails is told by its own page.
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.target.id === "results") location.assign(event.detail.pathInfo.finalRequestPath);
  });

  // Results that htmx has swapped: the drawer stays as it was, the count is told, and focus is never lost.
  let drawerWasOpen = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    drawerWasOpen = Boolean(document.querySelector(".drawer")?.open);
    // Results with a field that has to be put right are results too.
    if (event.detail.target.id === "results" && event.detail.xhr.status === 422) Object.assign(event.detail, { shouldSwap: true, isError: false });
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!event.detail.target.matches("#results")) return;
    const drawer = document.querySelector(".drawer");
    if (drawer) drawer.open = drawerWasOpen;
    const count = document.getElementById("count");
    const live = document.getElementById("live");
    if (count && live) live.textContent = count.textContent;
    if (count && (!document.activeElement || document.activeElement === document.body)) count.focus({ preventScroll: true });
  });
})();
