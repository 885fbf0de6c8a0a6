/** The listener together with who may use it, and how both change while requests run. */
import { Access, type AccessOptions } from "./access.ts";
import type { HandleRequest } from "./handler.ts";
import { type Certificate, type Listener, listen } from "./listen.ts";

export interface EntranceSettings extends AccessOptions {
  /** 0 takes a free one, or keeps the one in use. */
  readonly port: number;
  readonly certificate: Certificate | undefined;
  readonly idleLimitSeconds: number;
}

type HandlerFactory = (access: () => Access) => HandleRequest;

/** One listener; when it drains it keeps its rules, because those of the next may suit another address. */
interface Opening {
  readonly settings: EntranceSettings;
  readonly listener: Listener;
  access: Access;
}

export class Entrance {
  readonly #handlerFor: HandlerFactory;
  #opening: Opening;

  private constructor(handlerFor: HandlerFactory, opening: Opening) {
    this.#handlerFor = handlerFor;
    this.#opening = opening;
  }

  /** Throws `PortTakenError`, or an `Error` worded for users. */
  static async open(settings: EntranceSettings, handlerFor: HandlerFactory): Promise<Entrance> {
    return new Entrance(handlerFor, await open(settings, handlerFor));
  }

  get urls(): readonly string[] {
    return this.#opening.listener.urls;
  }

  /** Open replies go on where they are. Throws as `open` does, and then nothing has changed. */
  async change(settings: EntranceSettings): Promise<void> {
    const old = this.#opening;
    const { port, host, certificate } = old.listener;
    const staysOnPort = settings.port === port || settings.port === 0;
    const hasSameCertificate =
      settings.certificate?.cert === certificate?.cert && settings.certificate?.key === certificate?.key;
    if (staysOnPort && settings.host === host && hasSameCertificate) {
      old.access = new Access(settings);
      return;
    }
    if (!staysOnPort) {
      this.#opening = await open(settings, this.#handlerFor);
      void old.listener.drain();
      return;
    }
    // Two listeners cannot share a port, and Bun 1.4.5 takes no other certificate for one that runs.
    void old.listener.drain();
    try {
      this.#opening = await open({ ...settings, port }, this.#handlerFor);
    } catch (error) {
      this.#opening = await open({ ...old.settings, port }, this.#handlerFor);
      throw error;
    }
  }

  drain(): Promise<void> {
    return this.#opening.listener.drain();
  }

  close(): Promise<void> {
    return this.#opening.listener.close();
  }
}

async function open(settings: EntranceSettings, handlerFor: HandlerFactory): Promise<Opening> {
  const { host, port, certificate, idleLimitSeconds } = settings;
  const state = { access: new Access(settings) };
  const listener = await listen({
    host,
    port,
    certificate,
    idleLimitSeconds,
    handle: handlerFor(() => state.access),
  });
  return Object.assign(state, { settings, listener });
}
