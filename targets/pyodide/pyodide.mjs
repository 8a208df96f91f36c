// Be the CPython of Pyodide, with the streams and arguments of a plain interpreter that is given a program: ... -c PROGRAM
//
//     node --experimental-wasm-stack-switching pyodide.mjs FOLDER SNAPSHOT -u -c PROGRAM     run it
//     node --experimental-wasm-stack-switching pyodide.mjs FOLDER SNAPSHOT --snapshot        make SNAPSHOT
//
// FOLDER holds the package pyodide, SNAPSHOT the memory of an interpreter that has just started: with it the next one starts in a
// tenth of the time. Sockets are those of Node.js. Its loop carries them only while somebody waits for it: the
// program reads with sockmatrixRead(), which gives a promise, and not from a descriptor.

import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import { pathToFileURL } from "node:url";

const [folder, snapshot, ...words] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));

if (words[0] === "--snapshot") {
  const fresh = await loadPyodide({ _makeSnapshot: true });
  fresh.runPython("import gc, hashlib, json, re, select, selectors, shutil, socket, struct, tempfile, threading, warnings");
  writeFileSync(snapshot, fresh.makeMemorySnapshot());
  process.exit(0);
}

const program = words[words.indexOf("-c") + 1];

const waiting = [];
let asked = null;
let ended = false;

function hand(text) {
  if (asked) {
    asked(text);
    asked = null;
  } else {
    waiting.push(text);
  }
}

process.stdin.setEncoding("latin1");
process.stdin.on("data", hand);
process.stdin.on("end", () => {
  ended = true;
  hand("");
});

// The next piece of the input, one character for each byte; empty at its end.
globalThis.sockmatrixRead = () =>
  new Promise((resolve) => {
    if (waiting.length || ended) resolve(waiting.length ? waiting.shift() : "");
    else asked = resolve;
  });

globalThis.sockmatrixWrite = (text) => process.stdout.write(text, "latin1");

// A port that refuses, and that nobody else is given: the near end of a connection holds it, and nothing listens there.
globalThis.sockmatrixUnusedPort = async () => {
  const listener = net.createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const holder = net.connect(listener.address().port, "127.0.0.1");
  await once(holder, "connect");
  holder.unref();
  listener.unref();
  return { port: holder.localPort, close: () => (holder.destroy(), listener.close()) };
};

const pyodide = await loadPyodide({
  _loadSnapshot: readFileSync(snapshot),
  stdin: () => null, // the stream is the agent's: what is read from the standard input in there is at its end
  stdout: (line) => process.stderr.write(`${line}\n`),
});
await pyodide.useNodeSockFS();

// The agent is the first line; what has come with it is for the agent.
async function line() {
  const parts = [];
  for (;;) {
    const piece = await globalThis.sockmatrixRead();
    const end = piece.indexOf("\n") + 1;
    parts.push(end ? piece.slice(0, end) : piece);
    if (end && end < piece.length) waiting.unshift(piece.slice(end));
    if (end || !piece) return parts.join("");
  }
}

// A connection that fails rejects two promises, and Pyodide looks at one. Nobody can look at the other from outside; Node.js would end.
process.on("unhandledRejection", (reason) => {
  if (!String(reason?.message).startsWith("SocketError: ")) throw reason;
  process.stderr.write(`${reason.message}\n`);
});

// An interpreter that ends itself throws its status out of whatever it was in.
process.on("uncaughtException", (error) => {
  if (typeof error.status !== "number") process.stderr.write(`${error.message ?? error}\n`);
  process.exit(error.status ?? 1);
});

pyodide.globals.set("sockmatrix_line", await line());
try {
  await pyodide.runPythonAsync(
    `import io, sys; sys.stdin = io.StringIO(sockmatrix_line); del sockmatrix_line\n${program}`,
  );
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error.message ?? error}\n`);
  process.exit(error.status ?? 1);
}
