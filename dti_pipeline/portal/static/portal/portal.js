// Entries are saved while they are typed. What could not be saved stays in the page and is sent
// again: after a lost connection by itself, after the session ended once the person has logged in.
"use strict";

(() => {
  const vi = document.documentElement.lang === "vi";
  const say = (textVi, textEn) => (vi ? textVi : textEn);
  const WAIT_MS = 700;
  const RETRY_MS = 5000;
  const unsaved = new Map(); // form → reason

  const cookie = (name) =>
    document.cookie.split("; ").find((one) => one.startsWith(name + "="))?.slice(name.length + 1);

  function show(form, text, isWaiting) {
    const place = form.querySelector(".save");
    place.textContent = text;
    place.classList.toggle("waiting", Boolean(isWaiting));
    const bar = document.getElementById("unsaved");
    if (!bar) return;
    const isSignedOut = [...unsaved.values()].includes("signed_out");
    bar.hidden = unsaved.size === 0;
    bar.replaceChildren();
    if (unsaved.size === 0) return;
    bar.append(
      isSignedOut
        ? say(
            `Phiên làm việc đã hết. ${unsaved.size} mục chưa lưu vẫn ở trong trang này. `,
            `Your session has ended. ${unsaved.size} entries are kept in this page. `,
          )
        : say(
            `${unsaved.size} mục chưa lưu được, vẫn ở trong trang và sẽ được gửi lại. `,
            `${unsaved.size} entries could not be saved; they are kept here and sent again. `,
          ),
    );
    if (isSignedOut) {
      const link = document.createElement("a");
      link.href = "/accounts/login/";
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = say("Đăng nhập ở thẻ khác", "Log in in another tab");
      bar.append(link, " ");
    }
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = say("Gửi lại", "Send again");
    button.addEventListener("click", sendAll);
    bar.append(button);
  }

  function sendAll() {
    for (const form of [...unsaved.keys()]) save(form);
  }

  async function save(form) {
    if (form.dataset.busy) {
      form.dataset.again = "1";
      return;
    }
    form.dataset.busy = "1";
    unsaved.set(form, "waiting");
    show(form, say("đang lưu…", "saving…"));
    const body = new URLSearchParams(new FormData(form));
    // A decision or comment: what is typed is kept as a draft, until its button sends it.
    if (form.dataset.place) body.set("place", form.dataset.place);
    // The page's own token is of an earlier log-in after a session has ended.
    const token = cookie("csrftoken");
    if (token) body.set("csrfmiddlewaretoken", token);
    try {
      const response = await fetch(form.dataset.keep || form.action, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        redirect: "manual",
        credentials: "same-origin",
      });
      await receive(form, response);
    } catch {
      unsaved.set(form, "offline");
      show(form, say("chưa lưu, sẽ gửi lại", "not saved, will be sent again"), true);
      setTimeout(() => unsaved.has(form) && save(form), RETRY_MS);
    } finally {
      delete form.dataset.busy;
      if (form.dataset.again) {
        delete form.dataset.again;
        save(form);
      }
    }
  }

  async function receive(form, response) {
    if (response.status === 401 || response.type === "opaqueredirect") {
      unsaved.set(form, "signed_out");
      show(form, say("chưa lưu: cần đăng nhập lại", "not saved: log in again"), true);
      return;
    }
    const isJson = (response.headers.get("Content-Type") || "").includes("json");
    if (!response.ok) {
      // A token that changed with a new log-in is refused as 403 in HTML: try with the new one.
      if (!isJson && response.status >= 500) throw new Error("server");
      const refused = isJson ? await response.json() : {};
      unsaved.set(form, isJson ? "refused" : "signed_out");
      show(form, (vi ? refused.refused : refused.refused_en) || say("chưa lưu", "not saved"), true);
      return;
    }
    const result = await response.json();
    unsaved.delete(form);
    if (form.dataset.keep) {
      show(form, say("đã lưu nháp", "draft saved"));
      if (form.dataset.send && !form.dataset.again) {
        form.querySelector("[name=csrfmiddlewaretoken]").value = cookie("csrftoken");
        form.submit();
      }
      return;
    }
    form.querySelector("input[name=version]").value = result.version;
    form.querySelector(".echo").innerHTML = result.echo;
    if (result.conflict) {
      unsaved.set(form, "conflict");
      show(form, say("có người khác vừa sửa", "somebody else changed it"), true);
      return;
    }
    show(form, say("đã lưu", "saved"));
    const points = document.getElementById("p-" + form.dataset.code);
    if (points && result.points) points.innerHTML = result.points;
    const total = document.getElementById("total");
    if (total && result.total) total.innerHTML = result.total;
  }

  for (const form of document.querySelectorAll("form.answer, form.explanation, form.draft")) {
    let timer;
    const later = (wait) => {
      clearTimeout(timer);
      unsaved.set(form, "typing");
      timer = setTimeout(() => save(form), wait);
    };
    form.addEventListener("input", () => later(WAIT_MS));
    form.addEventListener("change", () => later(0));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      // Sent once its draft has arrived: what cannot arrive stays in the page.
      if (form.dataset.keep) form.dataset.send = "1";
      later(0);
    });
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button.choose, button.keep");
      if (!button) return;
      if (button.dataset.text !== undefined) {
        form.querySelector("[name=text]").value = button.dataset.text;
      }
      save(form);
    });
  }

  // A double click sends a form once: what it made the first time would be shown to nobody.
  addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, RETRY_MS);
  });

  // A draft that is being computed: its log grows here; once it has ended the page shows it.
  const draft = document.querySelector("[data-poll]");
  async function poll() {
    const response = await fetch(draft.dataset.poll).catch(() => null);
    if (!response?.ok) return;
    draft.innerHTML = await response.text();
    if (!draft.querySelector(".running")) location.reload();
  }
  if (draft) setInterval(poll, 2000);

  // On a narrow screen the mains lie in a row: the one that is shown comes into sight, and the
  // one that the keyboard is at.
  const main = document.querySelector(".mains [aria-current]");
  if (main) {
    const row = main.closest("ul");
    row.scrollLeft = main.offsetLeft;
    row.addEventListener("focusin", (event) => event.target.scrollIntoView({ block: "nearest" }));
  }

  addEventListener("online", sendAll);
  addEventListener("beforeunload", (event) => {
    if (unsaved.size) event.preventDefault();
  });
})();
