// What the page's data looks like to the checker of types: the records of harness/records/page.py. Not part of the page.

type Verdict = "pass" | "variation" | "stale" | "fail" | "unsupported" | "hang" | "crash" | "inconclusive" | "bug" | "error";

interface PageTarget {
  id: string;
  rerun: string;
  python?: string;
  implementation?: string;
  implementation_version?: string;
  libc?: string;
  libc_version?: string;
  os?: string;
  network?: string;
  trouble?: string;
  facts?: [string, string][];
}

interface PageScenario {
  id: string;
  title: number;
  verdicts: string;
  tags?: number[];
  see?: number[];
  calls?: number[];
  flaky?: number[];
  known?: number[];
}

interface PageBehaviour {
  targets: number;
  shown: number;
  cause?: number;
}

interface PageDifference {
  scenario: number;
  step: number;
  call: number;
  line: number;
  behaviours: PageBehaviour[];
  instance?: number;
  because?: number;
  see?: number[];
}

interface PageGroup {
  kind: string;
  differences: PageDifference[];
}

interface PageRed {
  scenario: number;
  verdict: Verdict;
  targets: number;
  grounds: number;
  step?: number;
  call?: number;
  known?: number;
  see?: number;
}

interface PageData {
  page: number;
  sockmatrix: string;
  folder: string;
  started: string;
  seconds?: number;
  complete: boolean;
  note?: string;
  exit_code: number;
  meaning: string;
  aside?: string;
  where?: string;
  title?: string;
  source?: string;
  targets: PageTarget[];
  scenarios: PageScenario[];
  red?: PageRed[];
  groups: PageGroup[];
  order?: number[];
  left_out?: Record<string, number>;
  own_files?: boolean;
  texts: string[];
  lists: number[][];
  links?: Record<string, string>;
  chunks: { first: number; count: number }[];
}

interface PageVariation {
  when: number;
  then: number;
  because: number;
  see?: number[];
  observed?: boolean;
}

interface PageStep {
  role: number;
  text: number;
  line: number;
  kind?: string;
  job?: string;
  expect?: number[];
  varies?: PageVariation[];
  gives?: [string, string][];
  again?: boolean;
}

interface PageOutcome {
  step: number;
  camps: { targets: number; shown: number }[];
  instance?: number;
  seconds?: string;
}

interface PageVerdict {
  targets: number;
  verdict?: Verdict;
  grounds?: number;
  step?: number;
  ground?: string;
  known?: number;
  see?: number;
}

interface PageDetails {
  about: number;
  file: string;
  needs: number[];
  roles: Record<string, number>;
  steps: PageStep[];
  outcomes: PageOutcome[];
  verdicts: PageVerdict[];
  own_process?: boolean;
  flaky?: [number, string][];
  leaks?: [number, string][];
  reproduction?: number[];
}

interface PageDetailsChunk {
  scenarios: PageDetails[];
  texts: string[];
  lists: number[][];
}

interface Key {
  about: "scenario" | "cell" | "difference";
  says: string;
  values?: string[];
}

type Keys = Record<string, Key>;

interface Word {
  key: string;
  value: string;
  negated: boolean;
  wild: boolean;
}

interface Query {
  text: string;
  words: Word[];
}

interface Cell {
  target: string;
  verdict?: string | null;
  flaky?: boolean;
  known?: boolean;
  unplanned?: boolean;
}

interface Trait {
  kind: string;
  causes?: string[];
  odd?: string[];
  documented?: boolean;
}

interface Subject {
  id: string;
  title?: string;
  tags?: string[];
  see?: string[];
  calls?: string[];
  cells?: Cell[];
  differences?: Trait[];
}

interface Picked {
  cells: number[];
  differences: number[];
}

/** What the page shows, as its address says it. */
interface State {
  q: string;
  by: string;
  /** Areas that are open; null: as many as there is room for. */
  areas: string[] | null;
  quiet: boolean;
  groups: string[];
  scenario: string;
  target: string;
  theme: string;
  keys: boolean;
}

/** A difference with the scenario it is of, and its group. */
interface Told {
  group: number;
  kind: string;
  difference: PageDifference;
}

/** What a query leaves of the run. */
interface Shown {
  query: Query;
  rows: { at: number; picked: Picked }[];
  columns: number[];
}

type Child = Node | string | null | undefined | false;

interface Window {
  /** For the page's own tests. */
  sockmatrix: {
    app: App;
    parseQuery: typeof parseQuery;
    pick: typeof pick;
    pickColumns: typeof pickColumns;
    /** Milliseconds from the opening of the page until it could be used. */
    readyAt: number;
  };
}
