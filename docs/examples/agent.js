// An agent for Node.js 18 or later, written from docs/agent-protocol.md: TCP and UDP over IPv4, everything else is lacking.
// An example of how little an honest agent needs; for the page's sections see the headings below.
"use strict";

const crypto = require("crypto");
const dgram = require("dgram");
const net = require("net");
const os = require("os");

// ------------------------------------------------------------------------------------------------ what can come of a step

class Skipped extends Error {}
class Refused extends Error {}
class Lacking extends Error {}
class Aborted extends Error {}

/** What a program in Python would see raised. */
class Raise extends Error {
  constructor(type, bases, message, symbol = "") {
    super(message);
    this.described = { type, bases: [...bases, "Exception", "BaseException"], errno: null, symbols: [], message };
    const number = os.constants.errno[symbol];
    if (number !== undefined) {
      this.described.errno = BigInt(number);
      this.described.symbols = symbolsOf(number);
    }
  }
}

const OFTEN = ["EAGAIN", "EDEADLK", "EOPNOTSUPP", "EINVAL", "EEXIST"];

function symbolsOf(number) {
  const names = Object.keys(os.constants.errno).filter((name) => os.constants.errno[name] === number);
  return names.sort((a, b) => OFTEN.includes(b) - OFTEN.includes(a) || (a < b ? -1 : 1));
}

const CLASSES = {
  ECONNREFUSED: ["ConnectionRefusedError", "ConnectionError"], ECONNRESET: ["ConnectionResetError", "ConnectionError"],
  ECONNABORTED: ["ConnectionAbortedError", "ConnectionError"], EPIPE: ["BrokenPipeError", "ConnectionError"],
  EACCES: ["PermissionError"], EPERM: ["PermissionError"], EAGAIN: ["BlockingIOError"], ETIMEDOUT: ["TimeoutError"],
};

function osError(symbol, message) {
  const [type, ...bases] = [...(CLASSES[symbol] || []), "OSError"];
  return new Raise(type, bases, message || symbol, symbol);
}

/** An error of Node's own, as an exception; one that is not the system's is a fault of this agent. */
function translated(error) {
  return error.code in os.constants.errno ? osError(error.code, error.message) : error;
}

// ------------------------------------------------------------------------------------------------ values
// Integers are BigInts and floats are Numbers, so that 1 and 1.0 stay apart.

class Tuple { constructor(items) { this.items = items; } }
class List { constructor(items) { this.items = items; } }
/** What another role has set and this one cannot have; why, is thrown when it is used. */
class Elsewhere { constructor(error) { this.error = error; } }

function stays(thing) { return new Elsewhere(new Refused(`${thing} stays in the role that made it`)); }

function own(value) {
  if (value instanceof Elsewhere) throw value.error;
  return value;
}

/** JSON to JavaScript: numbers without a point or an exponent become BigInts. */
function parse(text) {
  const token = /[\s,:]*(?:([{}\[\]])|("(?:[^"\\]|\\.)*")|(-?\d+)(?![\d.eE])|(-?\d[\d.eE+-]*)|(true|false|null))/gy;
  function next() {
    const found = token.exec(text);
    if (!found) throw new SyntaxError("no JSON");
    return found;
  }
  function value(found) {
    if (found[2] !== undefined) return JSON.parse(found[2]);
    if (found[3] !== undefined) return BigInt(found[3]);
    if (found[4] !== undefined) return Number(found[4]);
    if (found[5] !== undefined) return JSON.parse(found[5]);
    if (found[1] === "[") {
      const items = [];
      for (let each = next(); each[1] !== "]"; each = next()) items.push(value(each));
      return items;
    }
    if (found[1] !== "{") throw new SyntaxError("no JSON");
    const made = Object.create(null);
    for (let key = next(); key[1] !== "}"; key = next()) {
      if (key[2] === undefined) throw new SyntaxError("no JSON");
      made[JSON.parse(key[2])] = value(next());
    }
    return made;
  }
  JSON.parse(text); // is it JSON at all?
  return value(next());
}

/** JavaScript to JSON. */
function print(value) {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isInteger(value) && !/e/.test(value) ? value.toFixed(1) : String(value);
  if (Array.isArray(value)) return `[${value.map(print).join(",")}]`;
  if (value && typeof value === "object") {
    return `{${Object.keys(value).map((key) => `${JSON.stringify(key)}:${print(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

const EXACT = 2n ** 53n;
const LONGEST = 256;

function shortened(tag, length, data, head) {
  return { large: tag, length: BigInt(length), sha256: crypto.createHash("sha256").update(data).digest("hex"), head };
}

function encode(session, value, whole) {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "bigint") return -EXACT <= value && value <= EXACT ? value : { int: String(value) };
  if (typeof value === "number") {
    return Number.isFinite(value) ? value : { float: value > 0 ? "inf" : value < 0 ? "-inf" : "nan" };
  }
  if (typeof value === "string") {
    const characters = value.length > LONGEST && !whole ? Array.from(value) : [];
    return characters.length > LONGEST ? shortened("native", characters.length, value, characters.slice(0, 32).join("")) : value;
  }
  if (Buffer.isBuffer(value)) {
    if (whole || value.length <= LONGEST) return { bytes: value.toString("latin1") };
    return shortened("bytes", value.length, value, value.subarray(0, 32).toString("latin1"));
  }
  if (value instanceof Tuple) return { tuple: value.items.map((item) => encode(session, item, whole)) };
  if (value instanceof List) return { list: value.items.map((item) => encode(session, item, whole)) };
  return whole ? { local: "socket" } : { socket: BigInt(session.numberOf(value)) };
}

const DECODERS = {
  bytes: (inner) => Buffer.from(inner, "latin1"),
  text: (inner) => inner,
  str: (inner) => Buffer.from(inner, "latin1").toString("utf8"),
  int: (inner) => BigInt(inner),
  float: (inner) => ({ nan: NaN, inf: Infinity, "-inf": -Infinity })[inner],
  tuple: (inner) => new Tuple(inner.map(decode)),
  list: (inner) => new List(inner.map(decode)),
  local: (inner) => stays(`a ${inner}`),
  class: () => stays("a class"),
  exception: () => stays("an exception"),
};

function decode(value) {
  if (value === null || typeof value !== "object") return value;
  if ("enum" in value) return decode(value.int);
  const [tag] = Object.keys(value);
  if (!(tag in DECODERS)) throw new Lacking(`values of the form '${tag}'`);
  return DECODERS[tag](value[tag]);
}

function decodeGiven(value) {
  try {
    return decode(value);
  } catch (error) {
    if (error instanceof Lacking) return new Elsewhere(error);
    throw error;
  }
}

// ------------------------------------------------------------------------------------------------ sockets

const CONSTANTS = { AF_INET: 2n, SOCK_STREAM: 1n, SOCK_DGRAM: 2n };

/** Calls that wait until something comes, each woken at most once. */
class Waiting {
  constructor() { this.ready = []; this.waiters = []; }

  give(item) {
    const waiter = this.waiters.shift();
    if (waiter) waiter.resolve(item);
    else this.ready.push(item);
  }

  take(seconds) {
    if (this.ready.length) return Promise.resolve(this.ready.shift());
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      this.waiters.push(waiter);
      if (seconds !== null) {
        setTimeout(() => this.fail(waiter, new Raise("TimeoutError", ["OSError"], "timed out")), seconds * 1000).unref();
      }
    });
  }

  fail(waiter, error) {
    const place = this.waiters.indexOf(waiter);
    if (place < 0) return;
    this.waiters.splice(place, 1);
    waiter.reject(error);
  }

  failAll(error) {
    for (const waiter of this.waiters.splice(0)) waiter.reject(error);
  }
}

class Socket {
  constructor(type) {
    this.type = type;
    this.closed = false;
    this.timeout = null;
    this.incoming = new Waiting(); // connections, pieces of a stream or datagrams
    this.rest = null; // of a piece that was not taken whole
    this.bound = null;
    this.handle = null;
  }

  /** Take over a connected stream of Node's. */
  carry(stream) {
    this.handle = stream;
    stream.on("data", (data) => this.incoming.give(data));
    stream.on("end", () => this.incoming.give(null));
    stream.on("error", (error) => this.incoming.failAll(translated(error)));
    return this;
  }

  /** The end of all that it waits for. */
  destroy(error) {
    this.closed = true;
    this.incoming.failAll(error);
    return new Promise((resolve) => {
      if (!this.handle) return resolve();
      this.handle.on("close", resolve);
      for (const accepted of this.incoming.ready) if (accepted instanceof Socket) accepted.destroy(error);
      if (this.handle instanceof net.Socket) this.handle.destroy();
      else if (!(this.handle instanceof net.Server) || this.handle.listening) this.handle.close();
      else resolve();
      if (this.handle.destroyed) resolve();
    });
  }
}

/** Do something of Node's, and wait for one of its events, or for its error. */
function until(emitter, event, begin) {
  return new Promise((resolve, reject) => {
    const good = () => { emitter.off("error", bad); resolve(); };
    const bad = (error) => { emitter.off(event, good); reject(translated(error)); };
    emitter.once(event, good);
    emitter.once("error", bad);
    begin();
  });
}

function address(value) {
  if (!(value instanceof Tuple || value instanceof List) || value.items.length !== 2) throw new Lacking("addresses of other forms than (host, port)");
  const [host, port] = value.items;
  return { host: Buffer.isBuffer(host) ? host.toString("latin1") : host, port: Number(port) };
}

function pair(found) {
  return new Tuple([found.address, BigInt(found.port)]);
}

function open(socket) {
  if (socket.closed) throw osError("EBADF", "Bad file descriptor");
  return socket;
}

const METHODS = {
  bind(socket, where) {
    const { host, port } = address(where);
    if (open(socket).type === CONSTANTS.SOCK_STREAM) { // Node binds a stream only when it listens
      socket.bound = { host, port };
      return null;
    }
    const handle = datagrams(socket);
    return until(handle, "listening", () => handle.bind({ address: host, port })).then(() => null);
  },
  listen(socket) {
    const server = (open(socket).handle = net.createServer({ pauseOnConnect: false }, (stream) => {
      socket.incoming.give(new Socket(socket.type).carry(stream));
    }));
    return until(server, "listening", () => server.listen({ ...(socket.bound || { host: "127.0.0.1", port: 0 }), exclusive: true })).then(() => null);
  },
  accept(socket) {
    return open(socket).incoming.take(socket.timeout).then((accepted) => {
      const { remoteAddress, remotePort } = accepted.handle;
      return new Tuple([accepted, pair({ address: remoteAddress, port: remotePort })]);
    });
  },
  connect(socket, where) {
    const { host, port } = address(where);
    if (open(socket).type !== CONSTANTS.SOCK_STREAM) throw new Lacking("connect() of datagram sockets");
    const stream = new net.Socket();
    return until(stream, "connect", () => stream.connect(port, host)).then(() => { socket.carry(stream); return null; });
  },
  getsockname(socket) {
    const handle = open(socket).handle;
    if (!handle) throw new Lacking("the address of a socket that is bound and no more");
    return pair(handle.address());
  },
  getpeername(socket) {
    const handle = open(socket).handle;
    if (!(handle instanceof net.Socket)) throw osError("ENOTCONN", "Transport endpoint is not connected");
    return pair({ address: handle.remoteAddress, port: handle.remotePort });
  },
  sendall(socket, data) {
    if (!(open(socket).handle instanceof net.Socket)) throw osError("ENOTCONN", "Transport endpoint is not connected");
    return new Promise((resolve, reject) => socket.handle.write(data, (error) => (error ? reject(translated(error)) : resolve(null))));
  },
  send(socket, data) {
    return METHODS.sendall(socket, data).then(() => BigInt(data.length));
  },
  async recv(socket, most) {
    open(socket);
    const data = socket.rest || (await socket.incoming.take(socket.timeout));
    if (data === null) {
      socket.incoming.give(null); // the end stays
      return Buffer.alloc(0);
    }
    const bytes = data.bytes || data;
    socket.rest = bytes === data && bytes.length > most ? bytes.subarray(Number(most)) : null;
    return bytes.subarray(0, Number(most));
  },
  sendto(socket, data, where) {
    const { host, port } = address(where);
    if (open(socket).type !== CONSTANTS.SOCK_DGRAM) throw new Lacking("sendto() of stream sockets");
    return new Promise((resolve, reject) => {
      datagrams(socket).send(data, port, host, (error) => (error ? reject(translated(error)) : resolve(BigInt(data.length))));
    });
  },
  async recvfrom(socket, most) {
    if (open(socket).type !== CONSTANTS.SOCK_DGRAM) throw new Lacking("recvfrom() of stream sockets");
    const { bytes, from } = await socket.incoming.take(socket.timeout);
    return new Tuple([bytes.subarray(0, Number(most)), pair(from)]);
  },
  settimeout(socket, seconds) {
    open(socket).timeout = seconds === null ? null : Number(seconds);
    if (socket.timeout === 0) throw new Lacking("sockets that do not block");
    return null;
  },
  close(socket) {
    return socket.destroy(osError("EBADF", "Bad file descriptor")).then(() => null);
  },
};

function datagrams(socket) {
  if (!socket.handle) {
    socket.handle = dgram.createSocket("udp4");
    socket.handle.on("message", (bytes, from) => socket.incoming.give({ bytes, from }));
  }
  return socket.handle;
}

function newSocket(family = CONSTANTS.AF_INET, type = CONSTANTS.SOCK_STREAM, ...more) {
  if (family !== CONSTANTS.AF_INET || ![1n, 2n].includes(type) || more.length) throw new Lacking(`sockets of family ${family}, type ${type}`);
  return new Socket(type);
}

// ------------------------------------------------------------------------------------------------ the guard

const TO_ADDRESS = { connect: 0, bind: 0, sendto: 1 };

/** Before a call is made, and whatever state its socket is in. */
function guard(session, name, args) {
  if (!(name in TO_ADDRESS) || session.opening.network === true) return;
  const { host } = address(args[TO_ADDRESS[name]]);
  if (!net.isIPv4(host)) throw new Lacking(`the address '${host}': only dotted quads are looked at`);
  const allowed = host.startsWith("127.") || host === "0.0.0.0" || name === "bind" || (session.opening.reach || []).includes(host);
  if (!allowed) throw new Refused(`${host} is outside loopback`);
}

// ------------------------------------------------------------------------------------------------ expressions

const FORBIDDEN = /^(_|func_|gi_|f_|tb_|im_|co_|cr_|ag_|format$|format_map$|mro$)/;
const LANGUAGE = ["socket", "select", "selectors", "errno", "struct", "os"];

const HELPERS = {
  len(session, value) {
    if (Buffer.isBuffer(value)) return BigInt(value.length);
    if (typeof value === "string") return BigInt(Array.from(value).length);
    if (value instanceof Tuple || value instanceof List) return BigInt(value.items.length);
    throw new Lacking("len() of this value");
  },
  fill(session, count) {
    if (count > 2n ** 28n) throw new Refused(`fill(${count}) is more than ${2 ** 28} bytes`);
    return Buffer.alloc(Number(count)).map((_, index) => index % 251);
  },
  utf8: (session, text) => Buffer.from(text, "utf8"),
  nan: () => NaN,
  infinity: () => Infinity,
  int(session, value) {
    if (typeof value === "bigint") return value;
    if (typeof value !== "string") throw new Lacking("int() of this value");
    if (!/^\s*[+-]?\d+\s*$/.test(value)) throw new Raise("ValueError", [], `invalid literal for int() with base 10: '${value}'`);
    return BigInt(value.trim().replace(/^\+/, ""));
  },
  volatile: (session, value) => value,
  async recv_all(session, socket, count) {
    const parts = [];
    for (let left = count; left > 0n; left -= BigInt(parts.at(-1).length)) {
      parts.push(await METHODS.recv(socket, left < 65536n ? left : 65536n));
      if (!parts.at(-1).length) break;
    }
    return Buffer.concat(parts);
  },
  async recv_until_eof(session, socket, size = 2048n, every = 0) {
    const parts = [];
    do {
      if (every && parts.length) await new Promise((resume) => setTimeout(resume, Number(every) * 1000));
      parts.push(await METHODS.recv(socket, size));
    } while (parts.at(-1).length);
    return Buffer.concat(parts);
  },
};

const OPERATIONS = {
  name(session, [name]) {
    if (!session.names.has(name)) throw new Skipped(`${name} was not set`);
    return own(session.names.get(name));
  },
  const(session, [name]) {
    return name === "INDEX" ? session.opening.instance || 0n : session.opening[name.toLowerCase()] || "";
  },
  async get(session, [owner, name]) {
    if (FORBIDDEN.test(name)) throw new Refused(`attribute '${name}' is not part of the language`);
    if (Array.isArray(owner) && owner[0] === "module") {
      checkModule(owner[1]);
      if (owner[1] === "socket" && name in CONSTANTS) return CONSTANTS[name];
      throw new Lacking(`${owner[1]}.${name}`);
    }
    await evaluate(session, owner);
    throw new Lacking(`the attribute ${name}`);
  },
  async call(session, [target, trees, named = {}]) {
    const args = [];
    for (const tree of trees) args.push(await evaluate(session, tree));
    if (Object.keys(named).length) throw new Lacking("arguments by keyword");
    if (target[0] === "builtin") throw new Lacking(`the built-in ${target[1]}`);
    if (target[0] !== "get") throw new Refused("only a function that is named where it is called can be called");
    const [, owner, name] = target;
    if (FORBIDDEN.test(name)) throw new Refused(`attribute '${name}' is not part of the language`);
    if (Array.isArray(owner) && owner[0] === "module") {
      checkModule(owner[1]);
      if (owner[1] === "socket" && name === "socket") return newSocket(...args);
      throw new Lacking(`${owner[1]}.${name}()`);
    }
    const socket = await evaluate(session, owner);
    if (!(socket instanceof Socket) || !Object.hasOwn(METHODS, name)) throw new Lacking(`the method ${name}()`);
    guard(session, name, args);
    return METHODS[name](socket, ...args);
  },
  async help(session, [name, trees, named = {}]) {
    if (!Object.hasOwn(HELPERS, name) || Object.keys(named).length) throw new Lacking(`the helper ${name}`);
    const args = [];
    for (const tree of trees) args.push(await evaluate(session, tree));
    return HELPERS[name](session, ...args);
  },
  tuple: async (session, [trees]) => new Tuple(await all(session, trees)),
  list: async (session, [trees]) => new List(await all(session, trees)),
  async item(session, [owner, place]) {
    const value = await evaluate(session, owner);
    if (Array.isArray(place) && place[0] === "slice") throw new Lacking("slices");
    const index = await evaluate(session, place);
    if (!(value instanceof Tuple || value instanceof List) || typeof index !== "bigint") throw new Lacking("items of this value");
    const item = value.items.at(Number(index));
    if (item === undefined) throw new Raise("IndexError", ["LookupError"], "index out of range");
    return own(item);
  },
};

function checkModule(name) {
  if (!LANGUAGE.includes(name)) throw new Refused(`module '${name}' is not part of the language`);
}

async function all(session, trees) {
  const values = [];
  for (const tree of trees) values.push(await evaluate(session, tree));
  return values;
}

async function evaluate(session, tree) {
  if (!Array.isArray(tree)) return decode(tree);
  const [name, ...parts] = tree;
  if (!Object.hasOwn(OPERATIONS, name)) throw new Lacking(`the operation ${name}`);
  return OPERATIONS[name](session, parts);
}

// ------------------------------------------------------------------------------------------------ sessions and steps

class Session {
  constructor(opening) {
    this.opening = opening;
    this.names = new Map();
    this.objects = [];
    this.jobs = new Map();
    this.done = [];
    this.aborted = false;
    this.underWay = false;
  }

  numberOf(value) {
    if (!this.objects.includes(value)) this.objects.push(value);
    return this.objects.indexOf(value) + 1;
  }

  async run(request) {
    for (const [name, value] of Object.entries(request.given || {})) this.names.set(name, decodeGiven(value));
    this.done = [];
    this.underWay = true;
    for (const step of request.steps) {
      const seen = await this.perform(step);
      if (this.aborted) break;
      this.done.push(seen);
      if (!("value" in seen || "started" in seen || "pending" in seen)) break;
    }
    this.underWay = false;
    return this.done;
  }

  async perform(step) {
    const kind = step.kind || "call";
    if (kind === "background") return this.begin(step);
    if (kind === "pending") {
      const job = this.jobs.get(step.job);
      await Promise.race([job.end, later(100)]);
      return { step: step.n, seconds: 0, pending: !job.finished };
    }
    if (kind === "call") return this.look(step, await observed(this, step.do));
    const job = this.jobs.get(step.job);
    if (!job) return { step: step.n, seconds: 0, skipped: `job ${step.job} was not started` };
    return this.look(step, await job.end);
  }

  async begin(step) {
    const job = { finished: false };
    job.end = observed(this, step.do).then((outcome) => { job.finished = true; return outcome; });
    this.jobs.set(step.job, job);
    await Promise.race([job.end, later(20)]); // Node cannot say whether it is blocked
    return { step: step.n, seconds: 0, started: true };
  }

  /** The observation of an outcome; what is to be saved is. */
  look(step, outcome) {
    if (!outcome.evaluated) return { step: step.n, ...outcome };
    const problem = step.save ? this.save(step, outcome.value) : null;
    if (problem) return { step: step.n, seconds: outcome.seconds, raises: problem.described };
    return { step: step.n, seconds: outcome.seconds, value: encode(this, outcome.value, false) };
  }

  save(step, value) {
    if (!step.unpack) {
      this.names.set(step.save[0], value);
      return null;
    }
    if (!(value instanceof Tuple || value instanceof List)) return new Raise("TypeError", [], "this value cannot be iterated");
    if (value.items.length !== step.save.length) return new Raise("ValueError", [], `${value.items.length} values for ${step.save.length} names`);
    step.save.forEach((name, place) => this.names.set(name, value.items[place]));
    return null;
  }

  export(names) {
    const known = names.filter((name) => this.names.has(name));
    return Object.fromEntries(known.map((name) => [name, encode(this, this.names.get(name), true)]));
  }

  async close() {
    await Promise.all(this.objects.map((socket) => socket.destroy(new Aborted("the session is over"))));
    return { leaks: [], temporary: "", starved: 0 };
  }
}

function later(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** What an expression comes to: a value that is not encoded yet, or what an observation says instead. */
async function observed(session, tree) {
  const started = process.hrtime.bigint();
  const seconds = () => Number(process.hrtime.bigint() - started) / 1e9;
  try {
    const value = await evaluate(session, tree);
    return { evaluated: true, value, seconds: seconds() };
  } catch (error) {
    if (error instanceof Raise) return { seconds: seconds(), raises: error.described };
    for (const [kind, name] of [[Skipped, "skipped"], [Refused, "refused"], [Lacking, "lacking"]]) {
      if (error instanceof kind) return { seconds: 0, [name]: error.message };
    }
    if (error instanceof Aborted) return { seconds: 0, skipped: error.message };
    throw error;
  }
}

// ------------------------------------------------------------------------------------------------ facts

function facts() {
  const constants = Object.fromEntries(Object.entries(CONSTANTS).map(([name, number]) => [`socket.${name}`, number]));
  for (const [name, number] of Object.entries(os.constants.errno)) constants[`errno.${name}`] = BigInt(number);
  return {
    python: "", implementation: "nodejs", implementation_version: process.versions.node,
    os: { darwin: "macos", win32: "windows" }[process.platform] || process.platform,
    kernel: (os.release().match(/^\d+(\.\d+)*/) || [""])[0],
    machine: { x64: "x86_64", arm64: "aarch64" }[process.arch] || process.arch,
    byteorder: os.endianness() === "LE" ? "little" : "big",
    bits: /64|s390x/.test(process.arch) ? 64n : 32n,
    ipv4: true,
    names: ["socket", ...Object.keys(CONSTANTS), ...Object.keys(METHODS).map((name) => `socket.socket.${name}`)].sort(),
    constants,
  };
}

// ------------------------------------------------------------------------------------------------ requests

const sessions = new Map();
const NOTHING = { leaks: [], temporary: "", starved: 0 };
let single = false;
let before = Promise.resolve();

function say(message) {
  process.stdout.write(`${print(message)}\n`);
}

/** Leave when everything that was said has been taken. */
function leave(status) {
  process.stdout.write("", () => process.exit(status));
}

const ACTIONS = {
  start(request) {
    if (request.protocol !== 1n) {
      say({ id: request.id, error: `this agent speaks protocol 1, not ${request.protocol}` });
      leave(3);
      return null;
    }
    single = request.single === true;
    return {};
  },
  facts: () => ({ facts: facts() }),
  async run(request) {
    if (request.open) sessions.set(request.session, new Session(request.open));
    const session = sessions.get(request.session);
    if (!session) throw new Error(`no session '${request.session}'`);
    if (!Array.isArray(request.steps)) throw new Error("no steps");
    const steps = await session.run(request);
    if (session.aborted) return null;
    const reply = { steps };
    if (request.export) reply.export = session.export(request.export);
    if (request.close === true && steps.length === request.steps.length) {
      sessions.delete(request.session);
      reply.closed = await session.close();
    }
    return reply;
  },
  async close(request) {
    const session = sessions.get(request.session);
    sessions.delete(request.session);
    return { closed: session ? await session.close() : NOTHING };
  },
  async abort(request) {
    const session = sessions.get(request.session);
    if (!session) return { steps: [], stuck: 0n, closed: NOTHING };
    sessions.delete(request.session);
    session.aborted = true;
    const steps = [...session.done];
    const closed = await session.close(); // what waits is woken by it
    await later(0);
    return { steps, stuck: session.underWay ? 1n : 0n, closed };
  },
  stop() {
    leave(0);
    return null;
  },
};

async function answer(line) {
  let request = null;
  try {
    request = parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
    if (!Object.hasOwn(ACTIONS, request.do)) throw new Error(`no such request: ${request.do}`);
    if (typeof request.id !== "bigint") throw new Error("no id");
    const reply = await ACTIONS[request.do](request);
    if (reply !== null) say({ id: request.id, ...reply });
  } catch (error) {
    const id = request !== null && typeof request.id === "bigint" ? request.id : null;
    say({ id, error: String(error.message) });
  }
}

console.log = console.error;
let pieces = [];
process.stdin.on("data", (data) => {
  let from = 0;
  for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, from)) {
    const line = Buffer.concat([...pieces, data.subarray(from, end)]);
    pieces = [];
    from = end + 1;
    before = single ? before.then(() => answer(line)) : (answer(line), before);
  }
  pieces.push(data.subarray(from));
});
process.stdin.on("end", () => leave(0));
say({ agent: "sockmatrix", protocol: 1n, python: "", implementation: "nodejs", pid: BigInt(process.pid) });
