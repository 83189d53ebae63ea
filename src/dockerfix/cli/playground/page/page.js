"use strict";
// Sends a text or a folder to the dockerfix that served this page, and shows its answer. Nothing else is asked.

const LARGEST = 256 * 1024; // bytes of a file whose content is sent; of a larger one only the size is
const MOST = 8 * 1024 * 1024; // bytes of content altogether
const FILES = 5000;
const ABSENT = new Set([".git", ".hg", ".svn", ".jj"]); // never part of what is looked at

const form = document.getElementById("form");
const text = document.getElementById("text");
const folder = document.getElementById("folder");
const unsafe = document.getElementById("unsafe");
const drop = document.getElementById("drop");
const status = document.getElementById("status");
const result = document.getElementById("result");
const button = form.querySelector("button");
let chosen = null; // [{path, file}] of a folder

class Refused extends Error {}

function say(words) {
  status.textContent = words;
}

function isPart(path) {
  return !path.split("/").some((name) => ABSENT.has(name));
}

async function packed(entries) {
  const found = entries.filter((entry) => isPart(entry.path));
  if (found.length > FILES) throw new Refused(`The folder has more than ${FILES} files; choose the part that the image is built from.`);
  let left = MOST;
  const files = [];
  for (const { path, file } of found) {
    if (file.size > LARGEST || file.size > left) {
      files.push({ path, size: file.size });
      continue;
    }
    left -= file.size;
    files.push({ path, content: base64(new Uint8Array(await file.arrayBuffer())) });
  }
  return files;
}

function base64(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

async function look() {
  button.disabled = true;
  say("Looking …");
  try {
    const asked = chosen ? { files: await packed(chosen), unsafe: unsafe.checked } : { text: text.value, unsafe: unsafe.checked };
    const answer = await fetch("/look", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(asked),
    });
    show(await answer.text());
  } catch (error) {
    say(error instanceof Refused ? error.message : "dockerfix does not answer; is it still running?");
  } finally {
    button.disabled = false;
  }
}

function show(html) {
  // Our own server's page, in which everything foreign is escaped; a parser that runs nothing takes it apart.
  result.replaceChildren(...parsed(html));
  result.hidden = false;
  say("");
  result.focus();
  result.scrollIntoView({ block: "start" });
}

function parsed(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return [...page.body.childNodes].map((node) => document.importNode(node, true));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  look();
});

text.addEventListener("input", () => {
  if (chosen) say("");
  chosen = null;
  folder.value = "";
});

folder.addEventListener("change", () => {
  const files = [...folder.files];
  if (files.length) take(files.map((file) => ({ path: file.webkitRelativePath.split("/").slice(1).join("/"), file })));
});

for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", () => drop.classList.remove("over"));
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  try {
    const alone = entries.length === 1 && entries[0].isDirectory;
    const found = [];
    for (const entry of entries) await walk(entry, alone ? null : "", found);
    if (found.length) take(found);
  } catch (error) {
    say(error instanceof Refused ? error.message : "The folder cannot be read.");
  }
});

async function walk(entry, above, found) {
  // `above` is null for the folder itself, whose name is no part of the paths in it.
  const path = above === null ? "" : above ? `${above}/${entry.name}` : entry.name;
  if (entry.isFile) {
    if (found.length >= FILES) throw new Refused(`The folder has more than ${FILES} files; drop the part that the image is built from.`);
    found.push({ path, file: await new Promise((done, failed) => entry.file(done, failed)) });
    return;
  }
  if (ABSENT.has(entry.name)) return;
  const reader = entry.createReader();
  for (;;) {
    const part = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!part.length) return;
    for (const below of part) await walk(below, path, found);
  }
}

function take(entries) {
  chosen = entries;
  look();
}

result.addEventListener("click", async (event) => {
  const copy = event.target.closest(".copy");
  if (!copy) return;
  await navigator.clipboard.writeText(copy.parentElement.nextElementSibling.textContent);
  copy.textContent = "Copied";
  say("Copied");
  setTimeout(() => { copy.textContent = "Copy"; }, 2000);
});
