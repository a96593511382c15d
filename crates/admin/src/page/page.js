"use strict";

const SECOND = 1000;
// The server answers within half a second; what takes longer is lost.
const PATIENCE = 4 * SECOND;
const SHOWN = 60;

// What to call each state, what to say of it, and which check says more.
const WORDS = {
  starting: ["Starting", "It waits for what is away, and begins by itself once that is there."],
  at_work: ["At work", "All that it waited for is there."],
  waiting: ["Something is away", "It goes on by itself once that is there."],
  healthy: ["All is well", "Messages are received, stored and deleted."],
  letters: ["Work goes on", "What could not be done is in the dead-letter queue; consumer dlq ls says why."],
  database_away: ["Database away", "Receiving stops, so no receive is spent. In-flight messages are kept.", "database"],
  needs_help: ["Needs help", "Receiving stops, so no receive is spent. In-flight messages are kept until this is mended.", "breaker"],
  not_settling: ["Not settling", "What is done cannot be deleted or given back. It is tried again.", "settlement"],
  queue_away: ["SQS away", "Receives are tried again, ever more slowly.", "queue"],
  stalled: ["Stalled", "Polling does not move on. A restart would help.", "polling"],
  paused: ["Paused", "Nothing is received, by request. What was received is finished."],
  draining: ["Draining", "It was asked to stop: what was received is finished or given back."],
};

// Where there is no run: it starts, or it is another program than a consumer.
const WITHOUT_RUN = ["starting", "at_work", "waiting"];

const $ = (id) => document.getElementById(id);
let last = null;
let heard = null;
let queue = new URLSearchParams(location.hash.slice(1)).get("queue");

function detail(status, name) {
  const check = status.checks.find((check) => check.name === name);
  return check ? `${check.name}: ${check.detail}` : "";
}

function show(id, text) {
  const element = $(id);
  if (element.textContent !== text) element.textContent = text;
}

const whole = (count) => count.toLocaleString("en");
const per = (part, all) => `${whole(part)} of ${whole(all)}`;

function rate(value) {
  return value >= 10 ? whole(Math.round(value)) : value === 0 ? "0" : value.toFixed(1);
}

function time(seconds) {
  if (seconds === null) return "–";
  if (seconds === 0) return "0 s";
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

function bytes(count) {
  if (count < 1024) return `${count} B`;
  return count < 1048576 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 1048576).toFixed(1)} MiB`;
}

// Seconds from left to right, the last one at the right edge.
function line(id, seconds, name, now) {
  const shown = seconds.slice(-SHOWN);
  const most = Math.max(1, ...shown);
  const point = (count, at) => `${SHOWN - shown.length + at},${(1 - count / most) * 20 + 1}`;
  const points = shown.map(point).join(" L");
  const svg = $(id);
  svg.setAttribute("viewBox", `0 0 ${SHOWN - 1} 22`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-label", `${name}: ${now} a second now, ${whole(most)} at the most in the last minute`);
  while (svg.childElementCount < 2) svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  const [area, edge] = svg.children;
  area.setAttribute("class", "area");
  area.setAttribute("d", points && `M${SHOWN - shown.length},22 L${points} L${SHOWN - 1},22 Z`);
  edge.setAttribute("d", points && `M${points}`);
}

// Without a run, and not on its way to one, a program relays an outbox.
function program(status) {
  return ["at_work", "waiting"].includes(status?.state) ? "outbox relay" : "consumer";
}

function showState(state, heading, reason, more) {
  document.body.dataset.state = state;
  document.title = `${heading} – ${last?.queue || program(last)}`;
  show("state", heading);
  show("reason", reason);
  show("detail", more);
}

function showChecks(checks) {
  const items = checks.map((check) => {
    const item = document.createElement("li");
    item.textContent = check.name;
    item.title = check.detail;
    item.className = check.ok ? "" : "bad";
    if (!check.ok) item.setAttribute("aria-label", `${check.name}: ${check.detail}`);
    return item;
  });
  $("checks").replaceChildren(...items);
}

function showLetters(letters, to) {
  const reasons = Object.entries(letters).filter(([, count]) => count > 0);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  const rows = [["in all", total], ...reasons].map(([name, count]) => {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = name;
    value.textContent = whole(count);
    value.className = count > 0 ? "bad" : "";
    row.append(term, value);
    return row;
  });
  $("letters").replaceChildren(...rows);
  show("letters-to", to ? `to ${to}` : "this queue has no dead-letter queue");
}

function showQueue(depth) {
  const or = (value, form) => (depth ? form(value(depth)) : "–");
  show("waiting", or((depth) => depth.waiting, whole));
  show("queue-in-flight", or((depth) => depth.in_flight, whole));
  show("delayed", or((depth) => depth.delayed, whole));
  show("oldest", or((depth) => depth.oldest, time));
  show("backlog", or((depth) => depth.backlog, time));
}

function showOutbox(outbox) {
  $("outbox").hidden = !outbox;
  if (!outbox) return;
  show("outbox-waiting", outbox.waiting === null ? "–" : whole(outbox.waiting));
  show("outbox-oldest", time(outbox.oldest));
  show("outbox-relayed", whole(outbox.relayed));
  show("outbox-trouble", outbox.trouble ?? "");
  for (const [id, count] of [["outbox-refused", outbox.refused], ["outbox-paused", outbox.queues_paused]]) {
    show(id, whole(count));
    $(id).className = count > 0 ? "bad" : "";
  }
}

function showFacts(status) {
  const { rates, lag, totals, in_flight: held, polls, breaker, cost, pool } = status;
  for (const name of ["received", "stored", "deleted"]) {
    show(name, rate(rates[name].now));
    line(`${name}-line`, rates[name].seconds, name, rate(rates[name].now));
  }
  show("p50", time(lag.p50));
  show("p99", time(lag.p99));
  show("in-flight", per(held.messages, held.limit));
  show("channel", whole(held.waiting));
  show("in-order", whole(held.in_order));
  show("bytes", bytes(held.bytes));
  show("settling", whole(held.settling));
  show("polls", per(polls[0], polls[1]));
  show("polls-wanted", whole(status.polls_wanted));
  show("breaker", breaker.open ? "open" : "closed");
  $("breaker").className = breaker.open ? "bad" : "";
  show("opened", breaker.opened === 0 ? "never" : `${whole(breaker.opened)}×, ${time(breaker.seconds)}`);
  show("pool", pool ? per(pool.in_use, pool.limit) : "–");
  show("pool-waiting", pool ? whole(pool.waiting) : "–");
  show("each", cost.requests_per_message === null ? "–" : cost.requests_per_message.toFixed(2));
  show("dollars", cost.dollars_per_million === null ? "–" : `$${cost.dollars_per_million.toFixed(2)}`);
  show("requests", whole(cost.requests));
  show("all-stored", whole(totals.stored));
  show("duplicates", whole(totals.duplicates));
  show("released", whole(totals.released));
  show("lost", whole(totals.leases_lost));
  showLetters(status.dead_letters, status.dead_letter_queue);
  showQueue(status.depth);
}

function showSwitches(status) {
  const closed = status.changes === "closed" || ["draining", ...WITHOUT_RUN].includes(status.state);
  $("switch").hidden = closed;
  $("accept").hidden = closed || !status.held_for_rejects;
  $("switch").disabled = $("accept").disabled = false;
  show("switch", status.paused ? "Resume" : "Pause");
}

// The state in a word; dead letters leave nothing to be proud of.
function wordFor(status) {
  const letters = Object.values(status.dead_letters ?? {}).some((count) => count > 0);
  return status.state === "healthy" && letters ? "letters" : status.state;
}

// Of a start, each thing that it waits for; else what the state's check says.
function more(status, check) {
  if (!WITHOUT_RUN.includes(status.state)) return detail(status, check);
  return status.checks.filter((check) => !check.ok && check.name !== "process").map((check) => check.detail).join("; ");
}

// What the choice between queues says of each: its name, and its state unless all is well.
function showChoice(queues) {
  const select = $("queues");
  const options = Object.entries(queues).map(([name, status]) => {
    const word = wordFor(status);
    return new Option(word === "healthy" ? name : `${name} – ${WORDS[word][0]}`, name, false, name === queue);
  });
  const text = (options) => Array.from(options, (option) => option.text).join();
  // Options that are replaced close a list that is open.
  if (text(select.options) !== text(options)) select.replaceChildren(...options);
  select.value = queue;
  select.hidden = false;
  $("queue").hidden = true;
}

// Of several queues one is shown: the one that was chosen, or else the first.
function chosen({ queues, ...server }) {
  if (!queues) return server;
  if (!Object.hasOwn(queues, queue)) queue = Object.keys(queues)[0];
  showChoice(queues);
  return { ...queues[queue], ...server, queue, isOneOfSeveral: true };
}

async function choose(event) {
  queue = event.target.value;
  history.replaceState(null, "", `#${new URLSearchParams({ queue })}`);
  await ask();
}

function present(answer) {
  const status = chosen(answer);
  last = status;
  heard = new Date();
  const word = wordFor(status);
  const [heading, reason, check] = WORDS[word];
  const paused = status.paused && status.state !== "paused" && status.state !== "draining" ? " Receiving is paused as well." : "";
  const why = status.breaker?.open ? " If the messages are at fault, accept their rejects." : ` There are ${status.held_for_rejects}.`;
  const held = status.held_for_rejects ? why : "";
  showState(word, heading, reason + paused + held, more(status, check));
  show("queue", status.queue || program(status));
  show("process", `up ${time(status.uptime)}`);
  show("version", `${program(status)} ${status.version}`);
  showChecks(status.checks);
  showSwitches(status);
  showOutbox(status.outbox);
  if (!WITHOUT_RUN.includes(status.state)) showFacts(status);
}

function lose() {
  const since = heard ? ` since ${heard.toLocaleTimeString()}; the numbers below are from then.` : ".";
  showState("lost", "No answer", `The consumer has not answered${since} Trying again every second.`, "");
  $("switch").disabled = $("accept").disabled = true;
}

async function ask() {
  try {
    const answer = await fetch("/status", { signal: AbortSignal.timeout(PATIENCE), cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    present(await answer.json());
  } catch {
    lose();
  }
}

// What nobody looks at asks for nothing.
async function watch() {
  if (!document.hidden) await ask();
  setTimeout(watch, SECOND);
}

// What may be changed: the path, the question, what follows, and the word on the button.
const CHANGES = {
  pause: ["/pause", "Pause receiving?", "Nothing more is received until receiving is resumed or this consumer is restarted. Polls that are open end by themselves; what was received is finished.", "Pause"],
  resume: ["/resume", "Receive again?", "Messages are received again at once.", "Resume"],
  accept: ["/accept-rejects", "Accept the rejects?", "Messages that are held because they were refused go to the dead-letter queue, and so do those that are refused after them, until one succeeds.", "Accept"],
};
let asked = null;

function openDialog(name) {
  const [path, question, consequence, yes] = CHANGES[name];
  asked = last.isOneOfSeveral ? `${path}?${new URLSearchParams({ queue: last.queue })}` : path;
  show("question", question);
  show("consequence", name === "accept" ? `${last.held_for_rejects}. ${consequence}` : consequence);
  show("yes", yes);
  show("refusal", "");
  $("ask-token").hidden = last.changes !== "token";
  $("confirm").showModal();
}

async function change(event) {
  if (event.submitter.value !== "yes") return;
  event.preventDefault();
  const headers = $("token").value ? { authorization: `Bearer ${$("token").value}` } : {};
  try {
    const answer = await fetch(asked, { method: "POST", headers });
    if (!answer.ok) return show("refusal", (await answer.json()).error);
    $("confirm").close();
    await ask();
  } catch {
    show("refusal", "The consumer does not answer.");
  }
}

$("switch").addEventListener("click", () => openDialog(last.paused ? "resume" : "pause"));
$("accept").addEventListener("click", () => openDialog("accept"));
$("queues").addEventListener("change", choose);
$("confirm").querySelector("form").addEventListener("submit", change);
watch();
