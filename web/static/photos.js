// Photos before they leave the phone: made smaller, sent one after another, and sent again after a cut connection
// without being chosen anew. The page of the photo for the platform makes them smaller and sends nothing.
"use strict";

(() => {
  const turns = window.CSS && CSS.supports && CSS.supports("image-orientation", "from-image");
  const wait = (time) => new Promise((done) => {
    setTimeout(done, time);
    window.addEventListener("online", done, { once: true });
  });
  const say = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
  const show = (node, yes) => { if (node) node.hidden = !yes; };

  // -- a photo ------------------------------------------------------------------------------------------------

  async function kindOf(file) {
    const bytes = new Uint8Array(await new Response(file.slice(0, 64)).arrayBuffer());
    const head = String.fromCharCode(...bytes);
    if (head.startsWith("\xff\xd8\xff")) return "jpeg";
    if (head.startsWith("\x89PNG\r\n")) return "png";
    if (head.startsWith("GIF8")) return "gif";
    if (head.includes("%PDF-")) return "pdf";
    return /^.{4}ftyp.*(hei|hev|mif1|msf1)/s.test(head) ? "heic" : "other";
  }

  function drawn(file) {
    const picture = new Image();
    picture.src = URL.createObjectURL(file);
    return new Promise((done, no) => {
      picture.onload = () => done(picture);
      picture.onerror = no;
    });
  }

  // The largest of these sizes and qualities that is small enough, else the smallest. The picture stands upright.
  async function smaller(picture, most, sides, qualities) {
    const canvas = document.createElement("canvas");
    const longest = Math.max(picture.naturalWidth, picture.naturalHeight);
    let made;
    for (const side of sides) {
      const scale = Math.min(1, side / longest);
      canvas.width = Math.round(picture.naturalWidth * scale);
      canvas.height = Math.round(picture.naturalHeight * scale);
      const on = canvas.getContext("2d");
      on.fillStyle = "#fff";
      on.fillRect(0, 0, canvas.width, canvas.height);
      on.drawImage(picture, 0, 0, canvas.width, canvas.height);
      for (const quality of qualities) {
        made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
        if (made && made.size <= most) return { made, width: canvas.width, height: canvas.height };
      }
    }
    return { made, width: canvas.width, height: canvas.height };
  }

  // -- sending photos -----------------------------------------------------------------------------------------

  const LIGHT = 2e6, TRIES = 8, SILENCE = 60e3;

  class Sender {
    constructor(form) {
      this.form = form;
      this.words = JSON.parse(form.dataset.words);
      this.why = JSON.parse(form.dataset.why);
      this.items = [];
      this.busy = false;
      this.each = form.dataset.each === "1";
      this.part = (name) => form.querySelector(`[data-${name}]`);
      form.classList.add("scripted");
      for (const label of form.querySelectorAll("[data-as]")) label.className = label.dataset.as;
      for (const field of form.querySelectorAll("[type=file]")) {
        field.addEventListener("change", () => { this.choose(Array.from(field.files)); field.value = ""; });
      }
      show(this.part("send"), !this.each);
      form.addEventListener("submit", (press) => {
        if (!this.items.length) return;
        press.preventDefault();
        this.run();
      });
      this.part("retry").addEventListener("click", () => this.run());
      window.addEventListener("online", () => { if (this.items.some((item) => item.cut)) this.run(); });
      window.addEventListener("beforeunload", (leaving) => { if (this.busy) leaving.preventDefault(); });
    }

    choose(files) {
      for (const file of files) {
        const line = document.createElement("li"), name = document.createElement("span");
        const bar = document.createElement("progress"), state = document.createElement("span");
        name.textContent = file.name;
        name.className = "name";
        bar.max = 100;
        bar.value = 0;
        bar.setAttribute("aria-label", file.name);
        line.append(name, bar, state);
        const item = { file, line, bar, state, blob: null, done: false, refused: false, cut: false };
        if (!this.each) line.append(this.dropper(item));
        this.part("sending").append(line);
        this.items.push(item);
      }
      show(this.part("sending"), true);
      if (this.each) this.run(); else this.readied();
    }

    dropper(item) {
      const drop = document.createElement("button");
      drop.type = "button";
      drop.className = "action";
      drop.textContent = this.words.drop;
      drop.addEventListener("click", () => {
        if (this.busy) return;
        this.items.splice(this.items.indexOf(item), 1);
        item.line.remove();
        this.count();
      });
      return drop;
    }

    async readied() {
      for (const item of this.items) await this.ready(item);
      this.count();
    }

    async ready(item) {
      if (item.blob || item.refused) return;
      item.state.textContent = this.words.read;
      const kind = await kindOf(item.file), known = kind === "jpeg" || kind === "png";
      item.blob = known ? item.file : null;
      if (kind !== "pdf" && turns && !(known && item.file.size <= LIGHT)) {
        try {
          const picture = await drawn(item.file);
          const limit = Math.min(LIGHT, +this.form.dataset.limit);
          const { made } = await smaller(picture, limit, [2400, 1800, 1200], [.85, .7, .55]);
          URL.revokeObjectURL(picture.src);
          if (made && !(known && made.size >= item.file.size)) item.blob = made;
        } catch (broken) { /* the server says what is wrong with a broken one */ }
      }
      if (item.blob) item.state.textContent = this.words.ready;
      else this.refuse(item, this.why[kind] || this.why.other);
    }

    refuse(item, why) {
      item.refused = true;
      item.line.className = "fault";
      show(item.bar, false);
      item.state.textContent = this.words.failed + why;
    }

    async run() {
      if (this.busy) return;
      this.busy = true;
      this.part("send").disabled = true;
      show(this.part("retry"), false);
      const waits = () => this.items.filter((item) => !item.done && !item.refused && !item.cut);
      for (const item of this.items) item.cut = false;
      while (waits().length) {
        const some = this.each ? waits().slice(0, 1) : waits();
        for (const item of some) await this.ready(item);
        if (!this.each && this.items.some((item) => item.refused)) break;
        await this.bring(some.filter((item) => !item.refused));
        this.count();
      }
      this.busy = false;
      this.part("send").disabled = false;
      show(this.part("retry"), this.items.some((item) => item.cut));
      if (senders.every((one) => !one.busy && one.items.every((item) => item.done))) this.goOn();
      else show(this.part("further"), !this.each || this.items.some((item) => item.done));
    }

    count() {
      const done = this.items.filter((item) => item.done).length;
      const words = this.each ? this.words.sum : this.words.whole;
      this.part("count").textContent = say(words, { all: this.items.length, done });
    }

    // Leads to the next page. If it is this one, what came with the last answer takes its place.
    goOn() {
      const to = new URL(this.form.dataset.leadsTo, location.href);
      if (to.pathname !== location.pathname) return location.assign(to);
      document.querySelector("main").replaceWith(document.importNode(this.page.querySelector("main"), true));
      begin();
      const there = document.getElementById(to.hash.slice(1));
      if (there) there.focus();
    }

    // Sends some photos in one form, again and again until there is an answer. The bytes stay the same, so a photo
    // whose answer alone was lost is no second paper.
    async bring(some) {
      if (!some.length) return;
      this.count();
      for (let attempt = 0; attempt < TRIES; attempt++) {
        try {
          const answer = await this.send(some);
          if (answer.status < 500) return this.heed(answer, some);
        } catch (cut) { /* the same way as a server that is not there */ }
        for (const item of some) item.state.textContent = this.words.again;
        await wait(Math.min(500 * 2 ** attempt, 10e3));
      }
      for (const item of some) {
        item.cut = true;
        item.state.textContent = this.words.cut;
      }
    }

    heed(answer, some) {
      const page = answer.responseXML, all = (one) => Array.from(page ? page.querySelectorAll(one) : []);
      const said = [all(".refused .why > li > *"), all("h1")].find((one) => one.length) || [];
      const why = said.map((one) => one.textContent.trim()).join(" ") || answer.status;
      const saved = all("[data-saved]")[0], here = document.querySelector("[data-saved]");
      if (saved && here && answer.status === 200) here.replaceWith(document.importNode(saved, true));
      for (const item of some) {
        if (answer.status === 200) {
          this.page = page;
          item.done = true;
          item.bar.value = 100;
          item.state.textContent = this.words.kept;
        } else if ([413, 422].includes(answer.status)) this.refuse(item, why);
        else {
          item.cut = true;
          item.state.textContent = this.words.failed + why;
        }
      }
    }

    send(some) {
      const told = new FormData(this.form), ask = new XMLHttpRequest();
      told.delete("file");
      for (const item of some) told.append("file", item.blob, item.file.name);
      return new Promise((done, no) => {
        let timer;
        const alive = () => { clearTimeout(timer); timer = setTimeout(() => ask.abort(), SILENCE); };
        ask.upload.onprogress = (on) => {
          alive();
          const part = Math.floor(100 * on.loaded / on.total);
          for (const item of some) {
            item.bar.value = part;
            item.state.textContent = say(this.words.send, { part });
          }
        };
        ask.onload = () => done(ask);
        ask.onerror = ask.onabort = no;
        ask.onloadend = () => clearTimeout(timer);
        ask.open("POST", this.form.action);
        ask.responseType = "document";
        ask.send(told);
        alive();
      });
    }
  }

  let senders;
  function begin() {
    senders = Array.from(document.querySelectorAll("form[data-photos]"), (form) => new Sender(form));
  }
  begin();

  // -- the photo for the platform -----------------------------------------------------------------------------

  const tool = document.querySelector("[data-tool]");
  if (!tool) return;
  const words = JSON.parse(tool.dataset.words), most = +tool.dataset.most, few = +tool.dataset.few;
  const part = (name) => tool.querySelector(`[data-${name}]`);
  const size = (bytes) => bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
  let turn = 0;

  async function look(file) {
    const mine = ++turn, kind = await kindOf(file);
    show(part("result"), false);
    part("state").textContent = words.read;
    let picture, found;
    try {
      if (kind === "pdf") throw kind;
      picture = await drawn(file);
    } catch (broken) {
      if (mine === turn) part("state").textContent = words[kind] || words.other;
      return;
    }
    const fits = file.size <= most && ["jpeg", "png", "gif"].includes(kind);
    if (fits) found = { made: file, width: picture.naturalWidth, height: picture.naturalHeight };
    else found = await smaller(picture, most, [2000, 1600, 1280, 1024, 800], [.9, .8, .7, .6]);
    if (mine !== turn) return;
    const facts = { was: size(file.size), is: size(found.made.size), width: found.width, height: found.height };
    const small = Math.max(found.width, found.height) < few;
    part("state").textContent = found.made.size > most ? say(words.large, facts) : [
      say(fits ? words.fits : words.made, facts), small ? words.small : "",
    ].join("");
    if (found.made.size > most) return;
    const link = part("save"), reader = new FileReader();
    link.href = URL.createObjectURL(found.made);
    link.download = `photo.${fits ? kind.replace("jpeg", "jpg") : "jpg"}`;
    reader.onload = () => { part("picture").src = reader.result; show(part("result"), true); };
    reader.readAsDataURL(found.made);
  }

  show(part("chooser"), true);
  part("file").addEventListener("change", () => { const file = part("file").files[0]; if (file) look(file); });
})();
