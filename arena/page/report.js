"use strict";

// The page of a tournament. Whatever came from a bot is put on the page as text, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const games = data.games;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const STEPS_A_DECADE = 512;
const PAGE = 24;
const ARROWS = ["↑", "→", "↓", "←"];
const KINDS = {
  illegal: "illegal", timeout: "timeout", error: "error", memory: "memory", load_error: "load",
};
const ENDINGS = {
  win: "a win", draw: "a draw", illegal: "an illegal move", timeout: "out of time",
  error: "an error", memory: "out of memory", load_error: "could not be loaded", void: "void",
  end: "to the end",
};
const SVG = "http://www.w3.org/2000/svg";

// ---- building the page

const at = (id) => document.getElementById(id);

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name === "style") {
      for (const [part, text] of Object.entries(value)) node.style.setProperty(part, text);
    } else if (name.startsWith("on")) {
      node.addEventListener(name.slice(2), value);
    } else if (value !== null && value !== false) {
      node.setAttribute(name, value);
    }
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const element = (tag, properties = {}, ...children) =>
  fill(document.createElement(tag), properties, children);
const shape = (tag, properties = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), properties, children);

const picture = (width, height, ...shapes) =>
  shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...shapes);
const icon = (path) => picture(24, 24, shape("path", { d: path, fill: "currentColor" }));

// ---- numbers as text

const whole = (value) => value.toLocaleString("en");
const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + Math.abs(value).toFixed(0);
const percent = (share) => (100 * share).toFixed(1);
const plural = (count, word) => `${whole(count)} ${word}${count === 1 ? "" : "s"}`;

function worth(value) {
  if (value === null) return "–";
  return data.trial ? value.toFixed(2).replace("-", "−") : signed(value);
}

function duration(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return "–";
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toPrecision(3)} s`;
  return milliseconds >= 100 ? milliseconds.toFixed(0) : milliseconds.toFixed(2);
}

const withUnit = (milliseconds) =>
  milliseconds >= 1000 ? duration(milliseconds) : `${duration(milliseconds)} ms`;

// ---- a game, unpacked

const cells = (text) => Array.from(text, (digit) => DIGITS.indexOf(digit));

function times(text) {
  const found = [];
  for (let place = 0; place < text.length; place += 2) {
    const [high, low] = cells(text.slice(place, place + 2));
    found.push(10 ** ((64 * high + low) / STEPS_A_DECADE) / 1000);
  }
  return found;
}

function gameAt(number) {
  const opening = games.openings[games.opening[number]];
  return {
    number,
    key: games.keys[number],
    players: [games.first[number], games.second[number]].filter((name) => name >= 0),
    opening: data.kind === "board" ? cells(opening) : [],
    seed: data.kind === "board" ? null : opening,
    moves: cells(games.moves[number]),
    line: cells(games.lines[games.line[number]]),
    score: games.score[number],
    outcome: data.outcomes[games.outcome[number]],
    culprit: games.culprit[number],
    reason: games.reasons[games.reason[number]] ?? "",
    times: times(games.times[number]),
    said: games.said[number] ?? [],
    walk: games.walks[number] ?? [],
  };
}

const nameOf = (game, seat) => data.names[game.players[seat]] ?? "";
const movesAStep = data.kind === "duel" ? 2 : 1;
const stepsPlayed = (game) => Math.floor(game.moves.length / movesAStep);
const stepsOf = (game) => stepsPlayed(game) + (game.culprit >= 0 ? 1 : 0);
const forfeited = (game, step) => game.culprit >= 0 && step === stepsOf(game);

// The numbers of the moves that lead to a step.
function movesOf(game, step) {
  if (step === 0) return [];
  const first = (step - 1) * movesAStep;
  return movesAStep === 2 ? [first, first + 1] : [first];
}

function seatOf(game, move) {
  if (data.kind === "gridworld") return 0;
  return (move + game.opening.length) % 2;
}

function actionText(game, move) {
  const moved = game.moves[move];
  if (moved === undefined) return "";
  if (data.kind !== "board") return ARROWS[moved] ?? String(moved);
  return String(data.gravity ? moved % data.cols : moved);
}

function resultText(game) {
  if (game.outcome === "void") return "void";
  if (data.trial) return worth(game.score);
  return { 1: "1 – 0", 0.5: "½ – ½", 0: "0 – 1" }[game.score];
}

function verdict(game) {
  if (game.outcome === "void") return "Void: the referee's own fault, nobody has lost";
  if (game.culprit >= 0) {
    return `${nameOf(game, game.culprit)} forfeits: ${ENDINGS[game.outcome]}`;
  }
  if (data.trial) return `Return ${worth(game.score)}`;
  if (game.score === 0.5) return "A draw";
  return `${nameOf(game, game.score === 1 ? 0 : 1)} wins`;
}

// ---- where the page is: #bot=NAME&against=NAME&outcome=KIND&game=KEY&step=NUMBER

const route = () => new URLSearchParams(location.hash.slice(1));

function hashWith(changes) {
  const parameters = location.hash.includes("=") ? route() : new URLSearchParams();
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" || value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  return `#${parameters}`;
}

function replaceHash(hash) {
  history.replaceState(null, "", hash);
}

// ---- light and dark

function storedTheme() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // some browsers keep nothing for files
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  at("theme").replaceChildren(
    icon(theme === "dark"
      ? "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM11 1h2v4h-2zM11 19h2v4h-2zM1 11h4v2H1zM19 11h4v2h-4zM4.9 3.5l2.8 2.8-1.4 1.4-2.8-2.8zM17.7 16.3l2.8 2.8-1.4 1.4-2.8-2.8zM19.1 3.5l1.4 1.4-2.8 2.8-1.4-1.4zM6.3 16.3l1.4 1.4-2.8 2.8-1.4-1.4z"
      : "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"),
  );
}

function toggleTheme() {
  const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  setTheme(theme);
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // then the choice lasts as long as the page
  }
}

function startTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const preferred = () => storedTheme() ?? (dark.matches ? "dark" : "light");
  setTheme(preferred());
  dark.addEventListener("change", () => setTheme(preferred()));
  at("theme").addEventListener("click", toggleTheme);
}

// ---- head and foot

function worldTitle() {
  const plain = /^[a-z-]+$/.test(data.world);
  if (!plain) return data.world;
  const text = data.world.replaceAll("-", " ");
  return text === "tictactoe" ? "Tic-tac-toe" : text[0].toUpperCase() + text.slice(1);
}

function tile(figure, label, extra = null) {
  return element("div", { class: "tile" },
    element("strong", {}, figure), element("span", {}, label), extra);
}

function showTiles() {
  const count = games.keys.length;
  const draws = games.outcome.filter((kind) => data.outcomes[kind] === "draw").length;
  const lost = games.culprit.filter((seat) => seat >= 0).length;
  const tiles = [
    tile(whole(data.standings.length), "ranked"),
    tile(whole(count), count === 1 ? "game" : "games"),
  ];
  if (data.firstMove) tiles.push(firstMoveTile());
  if (!data.trial) tiles.push(tile(`${percent(draws / Math.max(1, count))} %`, "draws"));
  tiles.push(tile(whole(lost), lost === 1 ? "forfeit" : "forfeits"));
  at("tiles").replaceChildren(...tiles);
}

function firstMoveTile() {
  const { elo, low, high, points, games: count } = data.firstMove;
  const reach = Math.max(Math.abs(low), Math.abs(high), 1) * 1.15;
  const text = `first move, Elo (${signed(low)} to ${signed(high)})`;
  const share = count ? `${percent(points / count)} % of the points` : "";
  return element("div", { class: "tile first-move" },
    element("strong", {}, signed(elo)), element("span", {}, text),
    whisker(elo, low, high, -reach, reach, true), element("small", {}, `moving first wins ${share}`));
}

function showConditions() {
  const entries = Object.entries(data.header);
  at("header").replaceChildren(...entries.map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value))));
  at("benched").hidden = Object.keys(data.benched).length === 0;
  at("benched-list").replaceChildren(...Object.entries(data.benched).map(([name, message]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, message))));
}

function showHead() {
  at("title").textContent = worldTitle();
  const date = data.header.date ? ` · ${data.header.date}` : "";
  const size = `${plural(data.standings.length, "bot")}, ${plural(games.keys.length, "game")}`;
  at("subtitle").textContent = `Tournament · ${size}${date}`;
}

// ---- ranking

const forfeitsOf = (line) => Object.values(line.forfeits).reduce((sum, count) => sum + count, 0);
const valueName = data.trial ? "Mean return" : "Elo";
const COLUMNS = [
  { id: "rank", label: "Rank", value: (line) => line.rank, cell: rankCell, first: 1 },
  { id: "name", label: "Bot", value: (line) => line.name.toLowerCase(), cell: nameCell, first: 1 },
  { id: "score", label: "Score", value: (line) => line.score ?? -1, cell: scoreCell, first: -1,
    hidden: data.trial },
  { id: "value", label: `${valueName}, 95 % interval`, value: (line) => line.value,
    cell: valueCell, first: -1 },
  { id: "results", label: "Win / draw / loss", value: (line) => line.wins, cell: resultsCell,
    first: -1, hidden: data.trial },
  { id: "forfeits", label: "Forfeits", value: forfeitsOf, cell: forfeitsCell, first: -1 },
  { id: "median", label: "ms a move", value: (line) => line.ms_median ?? -1, first: 1,
    cell: (line) => element("span", {}, duration(line.ms_median)) },
  { id: "most", label: "99 %", value: (line) => line.ms_99 ?? -1, first: 1,
    cell: (line) => element("span", {}, duration(line.ms_99)) },
].filter((column) => !column.hidden);
const sorting = { column: COLUMNS[0], direction: 1 };

function rankCell(line) {
  const same = line.rank_low === line.rank_high;
  const interval = same ? String(line.rank_low) : `${line.rank_low}–${line.rank_high}`;
  return element("span", { title: `place ${line.rank}; 95 % interval ${interval}` },
    element("strong", {}, String(line.rank)), element("small", {}, same ? "" : interval));
}

function nameCell(line) {
  const badge = line.repeats
    ? element("span", { class: "badge", title: "deterministic: repeats counted once" },
        "deterministic")
    : null;
  const link = element("a", { href: `#${new URLSearchParams({ bot: line.name })}`,
    title: line.source }, line.name);
  return element("span", { class: "name" }, link, badge);
}

function scoreCell(line) {
  return element("span", {}, line.score === null ? "–" : percent(line.score),
    element("small", {}, " %"));
}

function whisker(value, low, high, least, most, zero = false) {
  const place = (x) => `${(100 * (x - least)) / (most - least || 1)}%`;
  const width = `${(100 * (high - low)) / (most - least || 1)}%`;
  return element("span", { class: zero ? "whisker zero" : "whisker", "aria-hidden": "true" },
    element("i", { style: { left: place(low), width } }),
    element("b", { style: { left: place(value) } }));
}

function valueCell(line) {
  const known = data.standings.filter((one) => one.low !== null && one.high !== null);
  const least = Math.min(...known.map((one) => one.low));
  const most = Math.max(...known.map((one) => one.high));
  const text = `${worth(line.low)} to ${worth(line.high)}`;
  return element("span", { class: "value", title: `95 % interval: ${text}` },
    element("strong", {}, worth(line.value)),
    whisker(line.value, line.low, line.high, least, most),
    element("small", { class: "interval" }, text));
}

function resultsCell(line) {
  const parts = [["win", line.wins], ["draw", line.draws], ["loss", line.losses]];
  const bars = parts.filter(([, count]) => count > 0).map(([kind, count]) =>
    element("i", { class: kind, style: { "flex-grow": String(count) } }));
  const text = parts.map(([, count]) => whole(count)).join(" / ");
  return element("span", { class: "results", title: `wins / draws / losses: ${text}` },
    element("span", { class: "stack", "aria-hidden": "true" }, ...bars),
    element("small", {}, text));
}

function forfeitsCell(line) {
  const chips = Object.entries(line.forfeits).map(([kind, count]) =>
    element("span", { class: "chip" }, `${whole(count)} ${KINDS[kind] ?? kind}`));
  return element("span", { class: "chips" }, ...(chips.length ? chips : ["–"]));
}

function headCell(column) {
  const sorted = sorting.column === column;
  const order = sorting.direction > 0 ? "ascending" : "descending";
  return element("th", { role: "columnheader", class: column.id, scope: "col",
    "aria-sort": sorted ? order : "none" },
    element("button", { type: "button", onclick: () => sortBy(column) }, column.label));
}

function sortBy(column) {
  const again = sorting.column === column;
  sorting.direction = again ? -sorting.direction : column.first;
  sorting.column = column;
  showRanking();
  at("ranking-head").children[COLUMNS.indexOf(column)].firstChild.focus();
}

function compare(one, other) {
  const [a, b] = [sorting.column.value(one), sorting.column.value(other)];
  if (a === b) return one.rank - other.rank;
  return (a < b ? -1 : 1) * sorting.direction;
}

function rankingRow(line, scope) {
  const chosen = line.name === route().get("bot");
  return element("tr", { role: "row", class: chosen ? "chosen" : "" },
    ...COLUMNS.map((column) =>
      element("td", { role: "cell", class: column.id, "data-label": column.label },
        column.cell(line))));
}

function showRanking() {
  const wanted = at("filter").value.trim().toLowerCase();
  const lines = data.standings.filter((line) => line.name.toLowerCase().includes(wanted));
  lines.sort(compare);
  at("ranking-head").replaceChildren(...COLUMNS.map(headCell));
  at("ranking-body").replaceChildren(...lines.map(rankingRow));
  const repeats = data.repeated.length
    ? " Deterministic: the pair repeats a game, and the repeats count once." : "";
  at("ranking-note").textContent =
    "The small figures beside a rank say which places are possible: two bots whose intervals "
    + `overlap may be equally strong.${repeats}`;
}

// ---- crosstable

function crossCell(row, column) {
  const counts = data.crosstable[row][column];
  if (row === column) return element("td", { class: "same" });
  if (!counts) return element("td", { class: "none" }, "·");
  const [wins, draws, losses] = counts;
  const share = (wins + draws / 2) / (wins + draws + losses);
  const strength = Math.abs(share - 0.5) * 2;
  const kind = `${share >= 0.5 ? "win" : "loss"}${strength > 0.7 ? " strong" : ""}`;
  const repeats = data.repeated.some(([a, b]) =>
    (a === row && b === column) || (a === column && b === row));
  const [name, other] = [data.standings[row].name, data.standings[column].name];
  const text = `${name} against ${other}: ${wins}-${draws}-${losses} (W-D-L)`
    + (repeats ? "; repeats counted once" : "");
  const link = element("a", { href: `#${new URLSearchParams({ bot: name, against: other })}`,
    title: text, "aria-label": `${text}, ${percent(share)} %`, tabindex: "-1",
    class: repeats ? "repeats" : "" }, (100 * share).toFixed(0));
  return element("td", { class: kind, style: { "--strength": `${(100 * strength).toFixed(0)}%` } },
    link);
}

function crossHead(line, scope) {
  const link = element("a", { href: `#${new URLSearchParams({ bot: line.name })}`,
    title: line.name, tabindex: scope === "row" ? "0" : "-1" }, line.name);
  return element("th", { scope }, scope === "row" ? element("small", {}, String(line.rank)) : null,
    link);
}

function showCrosstable() {
  const lines = data.standings;
  const shown = Boolean(data.crosstable) && lines.length > 1;
  at("crosstable").hidden = at("to-crosstable").hidden = !shown;
  if (!shown) return;
  const table = at("cross");
  table.style.setProperty("--count", String(lines.length));
  const head = element("tr", {}, element("td"), ...lines.map((line) => crossHead(line, "col")));
  const rows = lines.map((line, row) => element("tr", {}, crossHead(line, "row"),
    ...lines.map((_, column) => crossCell(row, column))));
  table.replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
  table.querySelector("td a")?.setAttribute("tabindex", "0");
  table.addEventListener("keydown", walkCrosstable);
}

// The arrow keys go from cell to cell, so that Tab need not pass through hundreds.
function walkCrosstable(event) {
  const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
  const cell = event.target.closest("td");
  if (!cell || !(event.key in step)) return;
  event.preventDefault();
  const [down, right] = step[event.key];
  let [row, column] = [cell.parentNode.rowIndex + down, cell.cellIndex + right];
  if (row === column) [row, column] = [row + down, column + right];
  const link = at("cross").rows[row]?.cells[column]?.querySelector("a");
  if (!link || column === 0 || row === 0) return;
  cell.querySelector("a").setAttribute("tabindex", "-1");
  link.setAttribute("tabindex", "0");
  link.focus();
}

// ---- the list of games

let chosenGames = [];
let page = 0;

function chooseGames() {
  const [bot, against] = ["bot", "against"].map((id) => data.names.indexOf(route().get(id)));
  const wanted = route().get("outcome") ?? "";
  chosenGames = [];
  for (let number = 0; number < games.keys.length; number += 1) {
    const [first, second] = [games.first[number], games.second[number]];
    const mine = bot < 0 || first === bot || second === bot;
    const theirs = against < 0 || (first === bot ? second : first) === against
      || (bot < 0 && second === against);
    if (mine && theirs && hasOutcome(number, wanted, bot)) chosenGames.push(number);
  }
}

// "won", "lost" and "drawn" are seen by the chosen bot.
function hasOutcome(number, wanted, bot) {
  if (wanted === "") return true;
  const kind = data.outcomes[games.outcome[number]];
  if (wanted === "forfeit") return games.culprit[number] >= 0;
  if (wanted !== "won" && wanted !== "lost") return kind === wanted;
  if (kind === "void") return false;
  const score = games.first[number] === bot ? games.score[number] : 1 - games.score[number];
  return score === (wanted === "won" ? 1 : 0);
}

function options(select, entries, chosen) {
  select.replaceChildren(...entries.map(([value, label]) =>
    element("option", { value, selected: value === chosen ? "" : null }, label)));
}

function showGameFilter() {
  const names = data.names.map((name) => [name, name]);
  const bot = route().get("bot") ?? "";
  options(at("bot"), [["", "any"], ...names], bot);
  options(at("against"), [["", "any"], ...names], route().get("against") ?? "");
  at("against").parentNode.hidden = data.trial;
  const happened = [...new Set(games.outcome)].map((kind) => data.outcomes[kind]);
  const seen = bot && !data.trial ? [["won", "won"], ["lost", "lost"]] : [];
  const any = games.culprit.some((seat) => seat >= 0) ? [["forfeit", "any forfeit"]] : [];
  options(at("outcome"),
    [["", "any"], ...seen, ...happened.map((kind) => [kind, ENDINGS[kind]]), ...any],
    route().get("outcome") ?? "");
}

function gameRow(number) {
  const game = gameAt(number);
  const ending = ["win", "end"].includes(game.outcome) ? "" : ENDINGS[game.outcome];
  const moves = plural(stepsPlayed(game), "move");
  const side = (seat) => element("span", {
    class: `side ${!data.trial && game.score === 1 - seat ? "winner" : ""}`,
  }, nameOf(game, seat));
  const players = data.trial
    ? [side(0), element("strong", {}, resultText(game)), element("span", {}, `map ${game.seed}`)]
    : [side(0), element("strong", {}, resultText(game)), side(1)];
  return element("li", {}, element("a", { href: hashWith({ game: game.key, step: null }) },
    ...players, element("small", {}, moves),
    element("small", { class: game.culprit >= 0 ? "wrong" : "", title: game.reason }, ending)));
}

function showGames() {
  const last = Math.max(0, Math.ceil(chosenGames.length / PAGE) - 1);
  page = Math.min(page, last);
  const shown = chosenGames.slice(page * PAGE, (page + 1) * PAGE);
  at("game-list").replaceChildren(...shown.map(gameRow));
  at("game-count").textContent = chosenGames.length === games.keys.length
    ? plural(games.keys.length, "game")
    : `${whole(chosenGames.length)} of ${plural(games.keys.length, "game")}`;
  at("page-number").textContent = `page ${whole(page + 1)} of ${whole(last + 1)}`;
  at("page-back").disabled = page === 0;
  at("page-on").disabled = page === last;
  at("cut").hidden = games.cut === 0;
  at("cut").textContent = `To keep this page small, what was printed during `
    + `${plural(games.cut, "move")} was left out here; the records have it.`;
}

function turnPage(by) {
  page += by;
  showGames();
}

function filterGames(event) {
  replaceHash(hashWith({ [event.target.id]: event.target.value }));
  if (!route().get("bot") && ["won", "lost"].includes(route().get("outcome"))) {
    replaceHash(hashWith({ outcome: null }));
  }
  page = 0;
  showFiltered();
}

function showFiltered() {
  chooseGames();
  showGameFilter();
  showGames();
  showRanking();
}

// ---- pictures of positions

const COLORS = [
  data.trial ? "var(--agent)" : "var(--first)", data.gravity ? "var(--second)" : "var(--mark)",
];
const center = (cell, cols) => [(cell % cols) + 0.5, Math.floor(cell / cols) + 0.5];

function stone(seat, x, y, faded = false) {
  const kind = faded ? "stone faded" : "stone";
  const color = COLORS[seat];
  if (data.kind === "board" && data.gravity) {
    const mark = seat === 0
      ? { r: 0.27, fill: "none", stroke: "rgba(0,0,0,.18)", "stroke-width": 0.035 }
      : { r: 0.09, fill: "rgba(0,0,0,.18)" };
    return shape("g", { class: kind }, shape("circle", { cx: x, cy: y, r: 0.41, fill: color }),
      shape("circle", { cx: x, cy: y, ...mark }));
  }
  const pen = { fill: "none", stroke: color, "stroke-width": 0.1, "stroke-linecap": "round" };
  const cross = `M${x - 0.24} ${y - 0.24}l.48 .48m0 -.48l-.48 .48`;
  return shape("g", { class: kind }, seat === 0
    ? shape("path", { d: cross, ...pen }) : shape("circle", { cx: x, cy: y, r: 0.28, ...pen }));
}

function badgeOf(seat) {
  if (data.kind === "duel") return picture(1, 1, ...head(seat, 0.5, 0.5, false));
  if (data.kind === "gridworld") return picture(1, 1, ...walker(0.5, 0.5));
  return picture(1, 1, stone(seat, 0.5, 0.5));
}

const tilePlace = (cell, cols) => ({
  x: (cell % cols) + 0.03, y: Math.floor(cell / cols) + 0.03, width: 0.94, height: 0.94, rx: 0.1,
});

function boardScene(game, step) {
  const { rows, cols, gravity } = data;
  const played = [...game.opening, ...game.moves.slice(0, step)];
  const over = game.line.length > 0 && step === game.moves.length;
  const shapes = gravity
    ? [shape("rect", { width: cols, height: rows, rx: 0.2, fill: "var(--board)" })] : [];
  for (let cell = 0; cell < rows * cols; cell += 1) {
    const [x, y] = center(cell, cols);
    shapes.push(gravity
      ? shape("circle", { cx: x, cy: y, r: 0.41, fill: "var(--background)" })
      : shape("rect", { ...tilePlace(cell, cols), fill: "var(--cell)" }));
    if (!gravity && !played.includes(cell)) shapes.push(label(cell, x, y, 0.2));
  }
  played.forEach((cell, ply) => shapes.push(
    stone(ply % 2, ...center(cell, cols), over && !game.line.includes(cell))));
  if (over) shapes.push(strike(game.line, cols));
  else if (step > 0) shapes.push(outline(played.at(-1), cols));
  if (gravity) {
    for (let col = 0; col < cols; col += 1) shapes.push(label(col, col + 0.5, rows + 0.28, 0.28));
  }
  return picture(cols, rows + (gravity ? 0.5 : 0), ...shapes);
}

function label(text, x, y, size) {
  return shape("text", { x, y: y + size * 0.35, "font-size": size, class: "label" }, String(text));
}

function outline(cell, cols) {
  const [x, y] = center(cell, cols);
  const pen = { fill: "none", stroke: "var(--ink)", class: "last" };
  return data.gravity
    ? shape("circle", { cx: x, cy: y, r: 0.43, "stroke-width": 0.045, ...pen })
    : shape("rect", { ...tilePlace(cell, cols), "stroke-width": 0.03, ...pen });
}

// A line through the winning stones: between the two that lie farthest apart.
function strike(line, cols) {
  const points = line.map((cell) => center(cell, cols));
  let [ends, farthest] = [[points[0], points[0]], -1];
  for (const a of points) {
    for (const b of points) {
      const apart = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2;
      if (apart > farthest) [ends, farthest] = [[a, b], apart];
    }
  }
  const [[x1, y1], [x2, y2]] = ends;
  return shape("line", { x1, y1, x2, y2, class: "strike", stroke: "var(--ink)",
    "stroke-width": 0.07, "stroke-linecap": "round" });
}

// A map's rows, or nothing where the page has no map of this seed.
function mapOf(game) {
  const text = data.maps[game.seed];
  return text ? text.trim().split("\n").map((row) => row.trim()) : null;
}

function missingMap(game) {
  const done = game.moves.map((_, move) => actionText(game, move)).join(" ");
  return element("p", { class: "muted" }, `No map of seed ${game.seed} is kept. Actions: ${done}`);
}

const SHIFTS = [[0, -1], [1, 0], [0, 1], [-1, 0]];

function trailOf(game, seat, start, steps) {
  const trail = [start];
  for (let step = 0; step < steps; step += 1) {
    const [right, down] = SHIFTS[game.moves[2 * step + seat]] ?? [0, 0];
    const [x, y] = trail.at(-1);
    trail.push([x + right, y + down]);
  }
  return trail;
}

function duelScene(game, step) {
  const rows = mapOf(game);
  if (!rows) return missingMap(game);
  const steps = Math.min(step, stepsPlayed(game));
  const over = step === stepsOf(game) && game.culprit < 0;
  const shapes = tiles(rows, (symbol) => (symbol === "#" ? "var(--wall)" : "var(--cell)"));
  const heads = [];
  ["A", "B"].forEach((symbol, seat) => {
    const y = rows.findIndex((row) => row.includes(symbol));
    const trail = trailOf(game, seat, [rows[y].indexOf(symbol) + 0.5, y + 0.5], steps);
    shapes.push(shape("polyline", { points: trail.map((point) => point.join()).join(" "),
      class: "trail", stroke: COLORS[seat], "stroke-width": seat === 0 ? 0.5 : 0.32 }));
    const crashed = over && game.score !== 1 - seat;
    heads.push(...head(seat, ...trail.at(-1), crashed));
  });
  return picture(rows[0].length, rows.length, ...shapes, ...heads);
}

function head(seat, x, y, crashed) {
  const shapes = [shape("circle", { cx: x, cy: y, r: 0.42, fill: "var(--background)" }),
    shape("circle", { cx: x, cy: y, r: 0.37, fill: COLORS[seat] })];
  if (seat === 1) shapes.push(shape("circle", { cx: x, cy: y, r: 0.17, fill: "var(--background)" }));
  if (crashed) {
    shapes.push(shape("path", { d: `M${x - 0.34} ${y - 0.34}l.68 .68m0 -.68l-.68 .68`,
      stroke: "var(--ink)", "stroke-width": 0.12, "stroke-linecap": "round", class: "crash" }));
  }
  return shapes;
}

function tiles(rows, colorOf) {
  return rows.flatMap((row, y) => Array.from(row, (symbol, x) =>
    shape("rect", { ...tilePlace(y * row.length + x, row.length), fill: colorOf(symbol) })));
}

function ground(symbol) {
  const colors = { G: "goal", X: "wrong", C: "wrong", "#": "wall", K: "wall", "~": "ice" };
  return `var(--${colors[symbol] ?? "cell"})`;
}

function gridScene(game, step) {
  const rows = mapOf(game);
  if (!rows) return missingMap(game);
  const cols = rows[0].length;
  const walked = game.walk.slice(0, step + 1);
  const shapes = tiles(rows, ground);
  rows.forEach((row, y) => Array.from(row).forEach((symbol, x) => {
    const hidden = "$kS".includes(symbol) && walked.includes(y * cols + x); // taken, or left
    if (!hidden) shapes.push(...glyph(symbol, x + 0.5, y + 0.5));
  }));
  for (const cell of walked.slice(-40, -1)) {
    const [x, y] = center(cell, cols);
    shapes.push(shape("circle", { cx: x, cy: y + 0.08, r: 0.09, fill: "var(--agent)" }));
  }
  if (walked.length) shapes.push(...walker(...center(walked.at(-1), cols)));
  return picture(cols, rows.length, ...shapes);
}

function walker(x, y) {
  const eyes = [-1, 1].map((side) =>
    shape("circle", { cx: x + side * 0.1, cy: y - 0.05, r: 0.045, fill: "#14161e" }));
  return [shape("circle", { cx: x, cy: y, r: 0.33, fill: "var(--background)" }),
    shape("circle", { cx: x, cy: y, r: 0.3, fill: "var(--agent)" }), ...eyes];
}

// What lies in a cell: an arrow for wind and one-way cells, a mark or a letter for the rest.
function glyph(symbol, x, y) {
  const turn = { "^": 0, ">": 90, v: 180, "<": 270, u: 0, r: 90, d: 180, l: 270,
    U: 0, R: 90, D: 180, L: 270 }[symbol];
  if (turn !== undefined) {
    const one = "M0 -.25L.2 0H.08V.25H-.08V0H-.2z";
    const two = "M0 -.3L.2 -.08H-.2zM0 -.05L.2 .17H-.2z";
    return [shape("path", { d: "URDL".includes(symbol) ? two : one, class: "glyph",
      transform: `translate(${x} ${y}) rotate(${turn})` })];
  }
  if ("$*".includes(symbol)) {
    const color = symbol === "$" ? "var(--goal)" : "var(--best)";
    return [shape("circle", { cx: x, cy: y, r: 0.2, fill: color })];
  }
  const text = { G: "goal", X: "pit", C: "cliff", k: "key", K: "door", S: "start" }[symbol]
    ?? (symbol >= "1" && symbol <= "9" ? symbol : "");
  const node = label(text, x, y, 0.24);
  if ("GXC".includes(symbol)) node.classList.add("on-color");
  if (symbol === "K") node.classList.add("on-wall");
  return text ? [node] : [];
}

const scene = { board: boardScene, duel: duelScene, gridworld: gridScene }[data.kind];

// ---- replay

const replay = { game: null, step: 0, timer: null };

function numberOf(key) {
  return games.keys.findIndex((known) => known.startsWith(key) || key.startsWith(known));
}

function openGame(number, step) {
  stopPlaying();
  replay.game = gameAt(number);
  replay.step = Math.min(Math.max(step, 0), stepsOf(replay.game));
  at("slider").max = String(stepsOf(replay.game));
  showPlayers();
  showMoves();
  if (!at("replay").open) {
    at("replay").showModal();
    at("step-play").focus();
  }
  showStep();
}

function showPlayers() {
  const { game } = replay;
  const side = (seat) => element("span", { class: game.score === 1 - seat ? "winner" : "" },
    badgeOf(seat), nameOf(game, seat));
  const sides = data.trial ? [side(0)] : [side(0), side(1)];
  at("replay-title").textContent = data.trial ? `Map ${game.seed}` : worldTitle();
  at("replay-players").replaceChildren(sides[0],
    element("strong", {}, resultText(game)), ...sides.slice(1));
  at("verdict").replaceChildren(verdict(game));
  at("verdict").className = game.culprit >= 0 ? "wrong" : "";
  if (game.reason) at("verdict").append(element("small", {}, game.reason));
  at("replay-key").textContent = `game ${game.key}`;
  const place = chosenGames.indexOf(game.number);
  at("game-back").disabled = place <= 0;
  at("game-on").disabled = place < 0 || place === chosenGames.length - 1;
}

// One button a step: who moved by its colour and shape, and where.
function showMoves() {
  const { game } = replay;
  const entries = [];
  for (let step = 1; step <= stepsOf(game); step += 1) {
    const last = forfeited(game, step);
    const moves = movesOf(game, step);
    const texts = last ? ["forfeit"] : moves.map((move) => actionText(game, move));
    const seat = last ? game.culprit : seatOf(game, moves[0]);
    const kind = data.kind === "duel" && !last ? "" : `seat-${seat}`;
    entries.push(element("li", {}, element("button", { type: "button", class: kind,
      onclick: () => goTo(step), "aria-label": describe(game, step).join(", ") }, texts.join(" "))));
  }
  at("moves").replaceChildren(...entries);
  at("times").replaceChildren(timesPicture(game));
}

// The time of each move, as bars on a logarithmic scale from 0.01 ms.
function timesPicture(game) {
  if (!game.times.length) return element("p", { class: "muted" }, "not kept");
  const high = Math.max(...game.times, 0.1);
  const share = (time) => Math.max(0.03, Math.log10(time / 0.01) / Math.log10(high / 0.01));
  const bars = game.times.map((time, move) => element("button", { type: "button",
    class: `seat-${seatOf(game, move)}`, style: { height: `${100 * share(time)}%` }, tabindex: "-1",
    title: `${nameOf(game, seatOf(game, move))}: ${withUnit(time)}`,
    "aria-label": `move ${move + 1}: ${withUnit(time)}`,
    onclick: () => goTo(Math.floor(move / movesAStep) + 1) }));
  return element("div", {}, element("div", { class: "bars" }, ...bars),
    element("p", { class: "muted small" }, `longest ${withUnit(high)}, logarithmic`));
}

// What happened in a step, a text for each who moved.
function describe(game, step) {
  if (step === 0) return [game.opening.length ? "the opening" : "the start"];
  if (forfeited(game, step)) return [`${nameOf(game, game.culprit)} forfeits`];
  return movesOf(game, step).map((move) => describeMove(game, move));
}

function describeMove(game, move) {
  const time = game.times[move] === undefined ? "" : ` · ${withUnit(game.times[move])}`;
  return `${nameOf(game, seatOf(game, move))} plays ${actionText(game, move)}${time}`;
}

function printsOf(game, step) {
  const from = forfeited(game, step) ? stepsPlayed(game) * movesAStep : null;
  const moves = movesOf(game, step);
  return game.said
    .filter(([move]) => moves.includes(move) || (from !== null && move >= from))
    .map(([move, text]) => (data.kind === "duel"
      ? `${nameOf(game, seatOf(game, move))}: ` : "") + games.texts[text])
    .join("\n");
}

function showStep() {
  const { game, step } = replay;
  at("scene").replaceChildren(scene(game, Math.min(step, stepsPlayed(game))));
  at("scene").setAttribute("aria-label", `Step ${step}: ${describe(game, step).join(", ")}`);
  at("replay-step").textContent = `move ${step} of ${stepsOf(game)}`;
  at("this-move").replaceChildren(...describe(game, step).map((text) =>
    element("span", {}, text)));
  const printed = printsOf(game, step);
  at("printed").textContent = printed || "nothing";
  at("printed").classList.toggle("muted", !printed);
  at("slider").value = String(step);
  at("slider").setAttribute("aria-valuetext", `move ${step} of ${stepsOf(game)}`);
  markCurrent();
  showButtons();
  replaceHash(hashWith({ game: game.key, step: step || null }));
}

function markCurrent() {
  const { step } = replay;
  for (const button of at("moves").querySelectorAll("[aria-current]")) {
    button.removeAttribute("aria-current");
  }
  const button = at("moves").children[step - 1]?.firstChild;
  button?.setAttribute("aria-current", "step");
  const bars = at("times").querySelectorAll(".bars button");
  const current = movesOf(replay.game, step);
  bars.forEach((bar, move) => bar.classList.toggle("current", current.includes(move)));
}

function showButtons() {
  const { game, step, timer } = replay;
  at("step-first").disabled = at("step-back").disabled = step === 0;
  at("step-last").disabled = at("step-on").disabled = step === stepsOf(game);
  at("step-play").replaceChildren(icon(timer ? "M6 4h4v16H6zM14 4h4v16h-4z" : "M7 4l13 8-13 8z"));
  at("step-play").setAttribute("aria-label", timer ? "Pause" : "Play");
}

function goTo(step) {
  stopPlaying();
  replay.step = Math.min(Math.max(step, 0), stepsOf(replay.game));
  showStep();
}

function stopPlaying() {
  clearInterval(replay.timer);
  replay.timer = null;
}

function togglePlaying() {
  if (replay.timer) {
    stopPlaying();
  } else {
    if (replay.step === stepsOf(replay.game)) replay.step = 0;
    replay.timer = setInterval(playOn, 700);
  }
  showStep();
}

function playOn() {
  replay.step += 1;
  if (replay.step >= stepsOf(replay.game)) stopPlaying();
  showStep();
}

function otherGame(by) {
  const place = chosenGames.indexOf(replay.game.number) + by;
  if (place >= 0 && place < chosenGames.length) openGame(chosenGames[place], 0);
}

function replayKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const button = event.target instanceof HTMLButtonElement;
  const does = {
    ArrowRight: () => goTo(replay.step + 1), ArrowLeft: () => goTo(replay.step - 1),
    Home: () => goTo(0), End: () => goTo(stepsOf(replay.game)),
    n: () => otherGame(1), p: () => otherGame(-1),
    " ": button ? null : togglePlaying,
  }[event.key];
  if (!does) return;
  event.preventDefault();
  does();
}

// The right half of the picture leads on, the left half back.
function clickScene(event) {
  const box = at("scene").getBoundingClientRect();
  goTo(replay.step + (event.clientX > box.left + box.width / 2 ? 1 : -1));
}

function closed() {
  stopPlaying();
  replaceHash(hashWith({ game: null, step: null }));
}

function startReplay() {
  COLORS.forEach((color, seat) => at("replay").style.setProperty(`--seat-${seat}`, color));
  const icons = { "step-first": "M5 5h3v14H5zM20 5v14L9 12z", "step-back": "M17 5v14L6 12z",
    "step-on": "M7 5v14l11-7z", "step-last": "M16 5h3v14h-3zM4 5v14l11-7z" };
  for (const [id, path] of Object.entries(icons)) at(id).append(icon(path));
  at("step-first").addEventListener("click", () => goTo(0));
  at("step-back").addEventListener("click", () => goTo(replay.step - 1));
  at("step-on").addEventListener("click", () => goTo(replay.step + 1));
  at("step-last").addEventListener("click", () => goTo(stepsOf(replay.game)));
  at("step-play").addEventListener("click", togglePlaying);
  at("slider").addEventListener("input", () => goTo(Number(at("slider").value)));
  at("scene").addEventListener("click", clickScene);
  at("game-back").addEventListener("click", () => otherGame(-1));
  at("game-on").addEventListener("click", () => otherGame(1));
  at("replay-close").addEventListener("click", () => at("replay").close());
  at("replay").addEventListener("close", closed);
  at("replay").addEventListener("keydown", replayKey);
}

// ---- start

function follow() {
  showFiltered();
  const key = route().get("game");
  const number = key ? numberOf(key) : -1;
  if (number >= 0) openGame(number, Number(route().get("step") ?? 0) || 0);
  else if (at("replay").open) at("replay").close();
  else if (route().get("bot")) at("games").scrollIntoView();
}

function start() {
  startTheme();
  showHead();
  showTiles();
  showConditions();
  showCrosstable();
  startReplay();
  at("filter").addEventListener("input", showRanking);
  at("game-filter").addEventListener("change", filterGames);
  at("page-back").addEventListener("click", () => turnPage(-1));
  at("page-on").addEventListener("click", () => turnPage(1));
  addEventListener("hashchange", () => {
    page = 0;
    follow();
  });
  follow();
}

start();
