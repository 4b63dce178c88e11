/** A moment that has a name. */
export interface Marker {
  /** A step's number, from 1, or how a line of the log begins. */
  at: number | string;
  /** What its button says; without one it has no button. */
  label?: string;
}

/** One of the views of a walk. */
export type View = 'stage' | 'way' | 'ladder' | 'rules' | 'packet' | 'log';

/** Options of a walk: as attributes, with dashes (`start-at`). */
export interface Options {
  /** The name of a walk, of a lesson, or of a lesson's scene. */
  scenario?: string;
  /** The name of a lesson, to be read beside its walk. */
  lesson?: string;
  /** Address of a snapshot. */
  src?: string;
  /** What to try: `c1 ping 192.168.0.3`. */
  flow?: string;
  /** Begins when it is in sight, unless the reader asks for less motion. */
  autoplay?: boolean;
  loop?: boolean;
  /** 0.1 to 10. */
  speed?: number;
  /** What is shown before anybody presses play: a place, as in a marker. */
  startAt?: number | string;
  markers?: string | Marker[];
  pauseOnMarkers?: boolean;
  /** In this order. */
  views?: string | View[];
  controls?: 'auto' | 'full' | 'none';
  fit?: 'width' | 'both' | 'none';
  theme?: 'auto' | 'light' | 'dark' | 'host';
  lang?: 'auto' | 'en' | 'zh';
  /** Address of a picture that stands there until somebody presses play. */
  poster?: string;
  preload?: 'auto' | 'none' | 'eager';
  /** Every packet is traced, as if each began with `-j TRACE`. */
  trace?: boolean;
  /** The element's id, unless it has one. */
  idPrefix?: string;
}

/** Details of the element's events. */
export interface PacketWalkEvents {
  ready: object;
  walk: { flow: string; outcome: string; steps: number };
  step: { step: number; sentence: string; netns: string; kind: string };
  /** A lesson shows a card, from 0. */
  card: { card: number; cards: number };
  play: object;
  pause: object;
  ended: object;
  error: { message: string };
}

/** `<packet-walk>`. */
export interface PacketWalkElement extends HTMLElement {
  /** Number of steps of the walk; 0 before there is one. */
  readonly steps: number;
  /** The step on show, from 0. */
  currentStep: number;
  /** How long the walk takes at normal speed, seconds; NaN before there is one. */
  readonly duration: number;
  /** Where it stands, seconds. */
  currentTime: number;
  readonly paused: boolean;
  readonly ended: boolean;
  /** What the program behind the flow saw. */
  readonly outcome: string;
  /** The kernel's log of the walk. */
  readonly log: string[];
  /** Plays; resolves when it has begun. */
  play(): Promise<void>;
  pause(): void;
  /** Goes to a step, from 0, or to a line of the log, by how it begins. */
  seek(place: number | string): void;
  /** Runs another flow on the same machine. */
  run(flow: string): Promise<void>;
  addEventListener<K extends keyof PacketWalkEvents>(type: K, listener: (event: CustomEvent<PacketWalkEvents[K]>) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

/** Registers `<packet-walk>`, unless it is known already or there is no page. */
export function define(): void;

/** Makes an element with these options and puts it into `parent`. `content` is what would stand inside. */
export function create(options?: Options & { content?: string }, parent?: Element | null): PacketWalkElement;

declare global {
  interface HTMLElementTagNameMap {
    'packet-walk': PacketWalkElement;
  }
}
