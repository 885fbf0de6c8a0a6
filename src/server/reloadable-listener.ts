/** The listener and its access rules. A reload replaces them while requests run. */
import { Access, type AccessOptions } from "./access.ts";
import type { HandleRequest } from "./handler.ts";
import { type Certificate, type Listener, listen } from "./listen.ts";

export interface ListenerSettings extends AccessOptions {
  /** 0 keeps the current port, and selects a free one at the start. */
  readonly port: number;
  readonly certificate: Certificate | undefined;
  readonly idleTimeoutSeconds: number;
}

type HandlerFactory = (access: () => Access) => HandleRequest;

/** A listener and its own rules. A draining listener keeps them, because new rules may be for another address. */
interface Active {
  readonly settings: ListenerSettings;
  readonly listener: Listener;
  access: Access;
}

export class ReloadableListener {
  readonly #handlerFor: HandlerFactory;
  #active: Active;

  private constructor(handlerFor: HandlerFactory, active: Active) {
    this.#handlerFor = handlerFor;
    this.#active = active;
  }

  /** Throws `PortTakenError`, or an `Error` worded for users. */
  static async open(settings: ListenerSettings, handlerFor: HandlerFactory): Promise<ReloadableListener> {
    return new ReloadableListener(handlerFor, await open(settings, handlerFor));
  }

  get urls(): readonly string[] {
    return this.#active.listener.urls;
  }

  /** Open replies continue. Throws as `open` does; then the previous listener stays in use. */
  async change(settings: ListenerSettings): Promise<void> {
    const old = this.#active;
    const { port, host, certificate } = old.listener;
    const staysOnPort = settings.port === port || settings.port === 0;
    const hasSameCertificate =
      settings.certificate?.cert === certificate?.cert && settings.certificate?.key === certificate?.key;
    if (staysOnPort && settings.host === host && hasSameCertificate) {
      old.access = new Access(settings);
      return;
    }
    if (!staysOnPort) {
      this.#active = await open(settings, this.#handlerFor);
      void old.listener.drain();
      return;
    }
    // Two listeners cannot share a port, and Bun 1.4.5 cannot change the certificate of a running one.
    void old.listener.drain();
    try {
      this.#active = await open({ ...settings, port }, this.#handlerFor);
    } catch (error) {
      this.#active = await open({ ...old.settings, port }, this.#handlerFor);
      throw error;
    }
  }

  drain(): Promise<void> {
    return this.#active.listener.drain();
  }

  close(): Promise<void> {
    return this.#active.listener.close();
  }
}

async function open(settings: ListenerSettings, handlerFor: HandlerFactory): Promise<Active> {
  const { host, port, certificate, idleTimeoutSeconds } = settings;
  const state = { access: new Access(settings) };
  const listener = await listen({
    host,
    port,
    certificate,
    idleTimeoutSeconds,
    handle: handlerFor(() => state.access),
  });
  return Object.assign(state, { settings, listener });
}
