// The console without this file works; with it, it is quicker. No page depends on a name defined here.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const say = (text) => { const live = document.getElementById("live"); if (live && text) live.textContent = text; };

  // A link of a mail carries its secret behind "#": it never leaves the browser before the person presses the button.
  const fillCode = () => {
    const field = document.querySelector("[data-fragment]");
    const code = decodeURIComponent(location.hash.slice(1));
    if (!/^[a-z]+_[\w-]{40,}$/.test(code)) return;
    // Another link pasted over the page of an old one changes only what is behind "#".
    if (!field) { location.replace(`${location.pathname}?code${location.hash}`); return; }
    if (field.value) return;
    field.value = code;
    history.replaceState(null, "", location.pathname + location.search);
    if (field.form.dataset.auto !== undefined) field.form.requestSubmit();
  };

  // Takes every [data-region] of another page over this one and keeps the focus where it was.
  const takeOver = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const focus = document.activeElement && document.activeElement.id;
    for (const old of all("[data-region]")) {
      const fresh = page.getElementById(old.id);
      if (fresh) old.replaceWith(document.adoptNode(fresh));
    }
    const again = focus && document.getElementById(focus);
    if (again && again !== document.activeElement) again.focus({ preventScroll: true });
    localTimes();
    say((page.getElementById("live") || {}).textContent);
  };

  let running = null;
  const swap = async (url, options = {}) => {
    const read = !options.method;
    if (read && running) running.abort();
    const stop = new AbortController();
    if (read) running = stop;
    const regions = all("[data-region]");
    const slow = setTimeout(() => regions.forEach((region) => region.setAttribute("aria-busy", "true")), 150);
    try {
      const answer = await fetch(url, { ...options, signal: stop.signal, headers: { "x-partial": "1" } });
      const final = new URL(answer.url);
      // An error page is no list: a search shows it, a form leads to the true state and says so.
      if (!answer.ok && read) { location.assign(final); return; }
      if (!answer.ok) throw new Error(answer.status);
      if (final.pathname !== location.pathname || !(answer.headers.get("content-type") || "").includes("text/html")) { location.assign(final); return; }
      takeOver(await answer.text());
      if (read) history.replaceState(null, "", final);
    } finally { clearTimeout(slow); regions.forEach((region) => region.removeAttribute("aria-busy")); }
  };

  // Search as you type: 250 ms after the last key, empty filters left out, an older answer never wins.
  let waiting = 0;
  const search = (form) => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) query.append(name, value);
    swap(`${form.getAttribute("action")}?${query}`).catch((error) => { if (error.name !== "AbortError") form.submit(); });
  };
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-search]");
    if (!form) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => search(form), 250);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form[data-search]")) { event.preventDefault(); clearTimeout(waiting); search(form); return; }
    if (form.matches("form[data-theme-choice]") && event.submitter) {
      document.documentElement.dataset.theme = event.submitter.value;
      all("button", form).forEach((button) => button.setAttribute("aria-pressed", String(button === event.submitter)));
      const body = new URLSearchParams(new FormData(form, event.submitter));
      event.preventDefault(); fetch(form.action, { method: "POST", body, redirect: "manual" }); return;
    }
    if (form.matches("form[data-swap]") && event.submitter) {
      const button = event.submitter;
      const body = new URLSearchParams(new FormData(form, button));
      event.preventDefault();
      if (button.getAttribute("aria-busy")) return;
      button.setAttribute("aria-busy", "true");
      if (button.matches("[role=switch]")) button.setAttribute("aria-checked", button.value);
      swap(form.action, { method: "POST", body }).catch(() => {
        const again = new URL(location);
        again.searchParams.set("notice", "not-done");
        again.hash = "";
        location.assign(again);
      });
      return;
    }
    // A double press sends once; without a delay the pressed button's own name would be lost.
    if (form.method === "post") {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      setTimeout(() => event.submitter && event.submitter.setAttribute("aria-busy", "true"));
    }
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    all("[aria-busy]", form).forEach((button) => button.removeAttribute("aria-busy"));
  }));

  // "+ add more" and pasting of many addresses.
  const lines = () => document.querySelector("[data-lines]");
  const addLine = (email) => {
    const box = lines();
    const index = box.children.length;
    if (index >= Number(box.dataset.limit)) { say(box.dataset.full); return null; }
    const line = box.lastElementChild.cloneNode(true);
    all(".wrong", line).forEach((wrong) => wrong.remove());
    for (const node of all("[name],[id],[for]", line)) for (const name of ["name", "id", "for", "value"]) {
      const value = node.getAttribute(name);
      if (value) node.setAttribute(name, value.replace(/\d+/, (number) => Number(number) < index ? index : number));
    }
    all("[data-number]", line).forEach((node) => { node.textContent = index + 1; });
    const input = line.querySelector("input[type=email]");
    input.value = email || "";
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    box.append(line);
    return input;
  };
  const addresses = (text) => {
    const found = text.match(/[^\s,;<>"']+@[^\s,;<>"']+/g) || [];
    return [...new Set(found.map((one) => one.toLowerCase()))];
  };
  document.addEventListener("paste", (event) => {
    const input = event.target;
    if (!input.closest || !input.closest("[data-lines]")) return;
    const many = addresses(event.clipboardData.getData("text"));
    if (many.length < 2) return;
    event.preventDefault();
    const taken = new Set(all("input[type=email]", lines()).map((one) => one.value.toLowerCase()));
    const fresh = many.filter((one) => !taken.has(one));
    if (!input.value && fresh.length) input.value = fresh.shift();
    let last = input;
    for (const one of fresh) last = addLine(one) || last;
    last.focus();
    say(`${many.length} addresses`);
  });

  // Says so before 64 MiB have travelled for nothing.
  document.addEventListener("change", (event) => {
    const file = event.target.matches("input[type=file][data-most]") && event.target;
    if (!file) return;
    const large = [...file.files].some((one) => one.size > Number(file.dataset.most));
    file.setCustomValidity(large ? file.dataset.large : "");
    file.reportValidity();
  });

  const toClipboard = (field) => { field.select(); if (navigator.clipboard) navigator.clipboard.writeText(field.value); say("Copied"); };
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-add-line],[data-show],[data-copy]");
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    if (!target) return;
    const other = document.getElementById(target.dataset.show || target.dataset.copy);
    if (target.dataset.addLine !== undefined) { event.preventDefault(); const input = addLine(); if (input) input.focus(); }
    if (target.dataset.copy) toClipboard(other);
    if (target.dataset.show) {
      const shown = other.type === "text";
      other.type = shown ? "password" : "text";
      target.setAttribute("aria-pressed", String(!shown));
      target.textContent = shown ? target.dataset.labelShow : target.dataset.labelHide;
    }
  });

  // Header box selects the page; the bar tells how many.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-select]");
    if (!form) return;
    const boxes = all("input[name=user]", form);
    if (event.target.matches("[data-select-all]")) boxes.forEach((box) => { box.checked = event.target.checked; });
    const chosen = boxes.filter((box) => box.checked).length;
    const head = form.querySelector("[data-select-all]");
    if (head) { head.checked = chosen > 0 && chosen === boxes.length; head.indeterminate = chosen > 0 && chosen < boxes.length; }
    all("[data-selected]", form).forEach((node) => { node.textContent = chosen ? `${chosen} selected` : node.dataset.selected; });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") all("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input,textarea,select,[contenteditable]")) return;
    const box = document.querySelector("input[type=search]");
    if (box) { event.preventDefault(); box.focus(); box.select(); }
  });

  // Progress: {"done":1,"total":2,"text":"…"}; an event "end" shows the next page. Without a stream the Refresh link stays.
  const watch = (node) => {
    const source = new EventSource(node.dataset.events);
    source.onmessage = (event) => {
      const now = JSON.parse(event.data);
      const bar = node.querySelector("progress");
      if (now.total) { bar.max = now.total; bar.value = now.done; }
      if (now.text) node.querySelector("[data-text]").textContent = now.text;
    };
    source.addEventListener("end", () => { source.close(); location.reload(); });
  };

  const localTimes = () => {
    const style = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
    all("time[data-local]").forEach((node) => { node.title = `${node.dateTime} (UTC)`; node.textContent = style.format(new Date(node.dateTime)); delete node.dataset.local; });
  };

  const start = () => {
    const noted = document.querySelector("[data-take-focus]");
    if (noted) noted.focus();
    all("[data-scripted]").forEach((node) => { node.hidden = false; });
    all("[data-events]").forEach(watch);
    localTimes();
    fillCode();
  };
  start();
  addEventListener("hashchange", fillCode);
})();
