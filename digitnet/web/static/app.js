/** The page: begins, hears what the visit says, and has one tab open at a time. */

import { addressOf, parseSettings, readAddress, TABS } from "./address.js";
import { edited, startChanges } from "./changes.js";
import { startClasses } from "./classes.js";
import { curveCame, progressed } from "./curves.js";
import { byId, confirmed, write } from "./dom.js";
import { answered, clear, looked, modelChanged, readAgain, startDraw } from "./draw.js";
import { evaluated, startEvaluate } from "./evaluate.js";
import { HELPS } from "./helps.js";
import { startInside } from "./inside.js";
import { startInvitation } from "./invitation.js";
import { keptChanged, startKept } from "./kept.js";
import { startLanguage, t } from "./language.js";
import { newLink } from "./link.js";
import { startLoading } from "./loading.js";
import { inspected, startLook } from "./look.js";
import { mapCame, sampleCame, startMaps } from "./maps.js";
import { startModels } from "./models.js";
import { probed, startOneStep, walkAs, walked } from "./onestep.js";
import { opened } from "./opened.js";
import { robustnessCame, startRobustness } from "./robustness.js";
import { asChosen } from "./settings.js";
import { change, draws, state } from "./state.js";
import { withStep } from "./stepaddress.js";
import { explainTerms } from "./terms.js";
import { startSubject, subjectCame } from "./subject.js";
import { isNarrow, startTheme } from "./theme.js";
import { startTour } from "./tour.js";
import { adopt, epochEnded, fileCame, settingChanged, standing, startTrain } from "./train.js";
import { startUnit, unitCame } from "./unit.js";
import { warned } from "./warning.js";
import { counted, sentence } from "./words.js";

/** @typedef {import("./frames.js").Message} Message */
/** @typedef {import("./link.js").Link["send"]} Ask */

/** Settings of the address that the visit has not been told so far.
 * @type {Record<string, string> | null} */
let asked = readAddress(location.hash).texts;

/** Of what stands in the address and is none: how many are told, and how many letters of each. */
const MOST_SHOWN = 3;
const LONGEST_SHOWN = 40;
/** What an entry of the history that the page has made says of itself. */
const OURS = { ours: true };

/** @type {Record<string, (message: Message) => void>} */
const heard = {
  state: begins,
  model: ({ fields }) => {
    const before = state.model;
    change({ model: /** @type {import("./state.js").Model} */ (fields), errors: aboutAddress() });
    modelChanged(before);
  },
  answer: answered,
  inside: looked,
  training: (message) => {
    standing(message);
    if (asked) adoptAddress(asked);
  },
  progress: progressed,
  curve: curveCame,
  epoch: epochEnded,
  changed: settingChanged,
  warning: warned,
  weights: (message) => change({ weights: message }),
  layers: (message) => change({ layers: message }),
  confusion: (message) => change({ confusion: message }),
  preview: (message) => change({ preview: message }),
  kept: keptChanged,
  file: fileCame,
  walked,
  probed,
  subject: subjectCame,
  evaluation: evaluated,
  opened,
  inspected,
  unit: unitCame,
  edited,
  sample: sampleCame,
  map: mapCame,
  robustness: robustnessCame,
  error: failed,
};

const link = newLink(
  (message) => heard[message.name]?.(message),
  (connection, refusal) => change({ connection, refusal }),
);
/** @type {Ask} */
const ask = (...message) => link.send(...message);

/** What a training was like before is told again after `state`. @param {Message} message */
function begins({ fields }) {
  const setup = /** @type {import("./state.js").Setup} */ (fields);
  change({
    setup,
    curve: { steps: [], losses: [] },
    epochs: [],
    marks: [],
    warning: null,
    training: null,
    weights: null,
    layers: null,
    confusion: null,
    subject: null,
  });
  asked ??= readAddress(location.hash).texts;
  ask("watch", { tab: state.tab });
  readAgain();
}

/** What is wrong with the address, which is seen until the visitor does something.
 * @returns {Record<string, string>} */
function aboutAddress() {
  const { address } = state.errors;
  return address ? { address } : {};
}

/** Something was refused. Settings are named as on the page. @param {Message} message */
function failed({ fields }) {
  const { command, setting, message } = fields;
  const label = HELPS[setting]?.label.split(",")[0];
  const named = label && message.startsWith(`${setting}: `) ? label + message.slice(setting.length) : message;
  const refused = command === "configure" || command === "change" ? { refused: setting } : {};
  change({ errors: { ...state.errors, [command]: named }, ...refused });
}

/** @param {Record<string, string>} texts */
function adoptAddress(texts) {
  asked = null;
  const { settings, bad } = parseSettings(texts, state.setup?.settings ?? []);
  adopt(settings);
  if (!bad.length) return;
  const shown = bad.map((each) => (each.length > LONGEST_SHOWN ? `${each.slice(0, LONGEST_SHOWN)}…` : each));
  const which = shown.slice(0, MOST_SHOWN).join(", ") + (bad.length > MOST_SHOWN ? ", …" : "");
  change({ errors: { ...state.errors, address: t`In the address, this is no setting, or no value of one: ${which}.` } });
}

/** @param {string} tab */
function open(tab) {
  if (tab === state.tab) return;
  change({ tab });
  ask("watch", { tab });
}

function startTabs() {
  const buttons = TABS.map((tab) => byId(`tab-${tab}`));
  buttons.forEach((each, i) => {
    each.addEventListener("click", () => open(TABS[i]));
    each.addEventListener("keydown", (event) => {
      /** @type {Record<string, number>} */
      const moves = { ArrowRight: 1, ArrowLeft: -1, Home: -i, End: TABS.length - 1 - i };
      if (!(event.key in moves)) return;
      event.preventDefault();
      const next = (i + moves[event.key] + TABS.length) % TABS.length;
      buttons[next].focus();
      open(TABS[next]);
    });
  });
  draws(["tab"], () => {
    TABS.forEach((tab, i) => {
      const on = tab === state.tab;
      byId(tab).hidden = !on;
      buttons[i].setAttribute("aria-selected", String(on));
      buttons[i].tabIndex = on ? 0 : -1;
    });
  });
}

/** The address says where the page is. Another tab is another entry of the browser's history, which
 * is marked as ours: to go back to one opens its tab, but brings no settings back. */
function startAddress() {
  draws(["tab", "chosen", "setup", "refused", "training", "source", "wish", "stage"], () => {
    const { setup, chosen, refused, training, source } = state;
    if (!setup || asked) return;
    const accepted = refused && training ? { ...chosen, [refused]: asChosen(training.settings)[refused] } : chosen;
    const image = source?.source === "test" ? source.index : null;
    const address = withStep(addressOf(state.tab, accepted, setup.settings, image));
    if (readAddress(location.hash).tab !== state.tab) history.pushState(OURS, "", address);
    else if (address !== location.hash || !history.state) history.replaceState(OURS, "", address);
  });
  addEventListener("popstate", (event) => {
    const { tab, texts, image } = readAddress(location.hash);
    if (tab === "inside") lookAt(image);
    if (!event.state) walkAs(location.hash);
    open(tab);
    if (!event.state && (tab === "train" || Object.keys(texts).length)) adoptAddress(texts);
  });
}

/** Choose what Inside looks at: a test image, or what it does by default.
 * @param {number | null} image */
function lookAt(image) {
  change({ source: image === null ? null : { source: "test", index: image } });
}

function startConnection() {
  draws(["connection", "refusal"], () => {
    const { refusal, connection } = state;
    const { open: there, tries, wait } = connection;
    const lost = !there && tries > 0;
    byId("connection").hidden = !lost || refusal !== "";
    byId("refused").hidden = !lost || refusal === "";
    byId("main").hidden = lost && refusal !== "";
    write(byId("refused-why"), refusal ? sentence(refusal) : "");
    byId("refused-again").hidden = wait === 0;
    const soon = t`Trying again in ${Math.max(1, Math.round(wait / 1000))} s. Your drawing stays.`;
    write(byId("connection"), lost ? t`No connection to digitnet. ${soon}` : "");
  });
  addEventListener("online", () => link.connect());
}

async function forget() {
  const question = t`Forget the drawing, the training and the curves of this visit?`;
  const n = state.kept?.counts.reduce((a, b) => a + b, 0);
  const answer = await confirmed(question, t`Forget`, n ? t`and ${counted(n, "{0} kept digit", "{0} kept digits")}` : "");
  if (!answer) return;
  clear();
  asked = {};
  change({ keptCurves: [], preview: null, source: null, errors: {} });
  ask("forget", { drawings: answer.also });
}

function start() {
  const { tab, image } = readAddress(location.hash);
  change({ tab });
  lookAt(image);
  startTheme();
  startLanguage(byId("language"), isNarrow());
  startTabs();
  startAddress();
  startConnection();
  startLoading();
  startInside();
  startDraw(ask);
  startKept(ask);
  startModels(ask);
  startTrain(ask, () => open("draw"));
  startOneStep(ask, () => open("draw"));
  walkAs(location.hash);
  startSubject(ask);
  startLook(ask);
  startClasses(ask);
  startUnit(ask);
  startChanges(ask);
  startMaps(ask);
  startRobustness(ask);
  startEvaluate(ask, () => open("inside"));
  startTour(open);
  startInvitation();
  explainTerms();
  byId("forget").addEventListener("click", forget);
  link.connect();
}

start();
