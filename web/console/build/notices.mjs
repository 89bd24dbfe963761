// Writes THIRD-PARTY-NOTICES.txt beside the built page: every package of which a module is in the
// bundle or in a worker, with its version, licence, right holders, and each licence wording once.
// The build fails on a licence that is not on the list, and on a package without a licence text.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { takeApart } from "./licence-text.mjs";

const ALLOWED = ["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD"];

// Packages published without their licence file: which package of the same authors carries it.
const TEXT_FROM = {
  "@graphiql/plugin-doc-explorer": "graphiql",
  "@graphiql/plugin-history": "graphiql",
  "react-compiler-runtime": "react",
  "react-remove-scroll-bar": "react-remove-scroll",
};

// What the bundler adds of its own; such modules have no path.
const HELPERS = [["\0vite/", "vite"], ["\0rolldown/", "rolldown"], ["\0@oxc-project+runtime", "rolldown"]];

const byName = (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** Two plugins over one collection: `worker` for the workers' builds, `page` for the page, which writes. */
export function notices() {
  const modules = new Set();
  const collect = (bundle) => {
    for (const part of Object.values(bundle)) {
      if (part.type === "chunk") for (const id of part.moduleIds) modules.add(id);
    }
  };
  return {
    worker: {
      name: "notices:worker",
      generateBundle(_options, bundle) {
        collect(bundle);
      },
    },
    page: {
      name: "notices:page",
      apply: "build",
      generateBundle(_options, bundle) {
        collect(bundle);
        const fonts = Object.keys(bundle).filter((file) => /codicon.*\.ttf$/.test(file));
        const source = render(process.cwd(), modules, fonts.length > 0);
        this.emitFile({ type: "asset", fileName: "THIRD-PARTY-NOTICES.txt", source });
      },
    },
  };
}

function render(root, modules, hasCodicon) {
  const wordings = new Map();
  const packages = packageNames(modules).map((name) => describe(root, name, wordings));
  const inner = prettierComponents(root, wordings);
  const banners = banneredSources(modules);
  const sections = [
    heading("Third-party notices of the Lianzhu console"),
    "Written by `npm run build` in web/console. A number in brackets names a licence wording below.",
    heading("Packages"),
    ...packages.map(entry),
    ...(hasCodicon ? ["codicon font (in monaco-editor)  CC-BY-4.0\n  Copyright (c) Microsoft Corporation"] : []),
    heading("Components that prettier declares (not all of them are in its browser build)"),
    ...inner.map(entry),
    heading("Notices inside the bundled sources"),
    ...banners,
    heading("Licence wordings"),
    ...[...wordings.values()].map(({ number, wording }) => `[${number}]\n${wording}`),
    heading("Notices of monaco-editor, verbatim"),
    readText(join(root, "node_modules/monaco-editor/ThirdPartyNotices.txt")).trim(),
  ];
  return `${sections.join("\n\n").replace(/[ \t]+$/gm, "")}\n`;
}

function heading(words) {
  return `${"=".repeat(80)}\n${words}\n${"=".repeat(80)}`;
}

function entry({ name, version, licence, holders, number }) {
  const head = `${name} ${version}  ${licence}${number ? ` [${number}]` : ""}`;
  return [head, ...holders.map((holder) => `  ${holder}`)].join("\n");
}

function packageNames(modules) {
  const names = new Set();
  for (const id of modules) {
    const helper = HELPERS.find(([prefix]) => id.startsWith(prefix));
    const inside = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id);
    if (helper) names.add(helper[1]);
    else if (inside) names.add(inside[1]);
  }
  return [...names].sort();
}

function describe(root, name, wordings) {
  const folder = join(root, "node_modules", name);
  const { version, license } = JSON.parse(readText(join(folder, "package.json")));
  if (!ALLOWED.includes(license)) throw new Error(`${name} ${version}: licence ${license} is not on the list`);
  const text = licenceText(folder) ?? licenceText(join(root, "node_modules", TEXT_FROM[name] ?? "-"));
  if (!text) throw new Error(`${name} ${version} has no licence text: name its source in TEXT_FROM`);
  // Vite's file goes on with the licences of its own build tools, which are not in the page.
  const own = name === "vite" ? text.split(/^# Licenses of bundled/m)[0] : text;
  return { name, version, licence: license, ...pool(own, wordings) };
}

function licenceText(folder) {
  if (!existsSync(folder)) return undefined;
  const file = readdirSync(folder).sort().find((entry) => /^licen[sc]e/i.test(entry));
  return file && readText(join(folder, file));
}

/** Adds a wording to the pool if it is new; gives its number and the right holders. */
function pool(text, wordings) {
  const { holders, wording, key } = takeApart(text);
  if (!key) return { holders, number: undefined };
  if (!wordings.has(key)) wordings.set(key, { number: wordings.size + 1, wording });
  return { holders, number: wordings.get(key).number };
}

/** Prettier ships its dependencies inside its own files, and lists them in one Markdown file. */
function prettierComponents(root, wordings) {
  const list = readText(join(root, "node_modules/prettier/THIRD-PARTY-NOTICES.md"));
  const components = list.split(/^## /m).slice(1).map((section) => {
    const [title] = section.split("\n", 1);
    const at = title.lastIndexOf("@");
    const licence = /^License: (.+?)\s*$/m.exec(section)?.[1] ?? "licence not named";
    const afterFacts = section.slice(section.search(/^License: /m));
    const quoted = [...afterFacts.matchAll(/^> ?(.*)$/gm)].map((line) => line[1]).join("\n");
    return { name: title.slice(0, at), version: title.slice(at + 1).trim(), licence, ...pool(quoted, wordings) };
  });
  if (components.length === 0) throw new Error("prettier's THIRD-PARTY-NOTICES.md has another form than expected");
  return components.sort(byName);
}

/** Comments marked to be kept that speak of rights: code copied into a package from elsewhere. */
function banneredSources(modules) {
  const found = new Set();
  for (const id of modules) {
    const path = id.split("?")[0];
    if (!path.includes("/node_modules/") || id.startsWith("\0") || !/\.[cm]?js$/.test(path)) continue;
    for (const [comment] of readText(path).matchAll(/\/\*!?[^]*?\*\//g)) {
      const kept = comment.startsWith("/*!") || /@licen[sc]e|@preserve/.test(comment);
      if (kept && /licen[sc]e|copyright|\(c\)/i.test(comment)) found.add(comment.replace(/^\s+/gm, " "));
    }
  }
  return [...found].sort();
}

function readText(path) {
  return readFileSync(path, "utf8").replace(/\r\n?/g, "\n");
}
