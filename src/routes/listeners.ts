// The servers of this process: the one that listens, and those before it, which hold on to the sockets that they opened
// until these close. Bun can't give a server another certificate, so a new server takes the old one's port.
// Must not know what is said.

import type { Server } from "bun";
import { type Certificate, type CertificatePaths, readCertificate } from "./certificate.ts";
import type { Web } from "./web.ts";

/** As much of a socket as leaving it out takes. */
interface LeftOut {
  publish(topic: string, frame: string): unknown;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
}

export class Listeners {
  readonly #web: Web;
  readonly #former = new Set<Server<unknown>>();
  #listening: Server<unknown>;

  constructor(web: Web, port: number, certificate: Certificate | null) {
    this.#web = web;
    this.#listening = web.listen(port, certificate);
  }

  get port(): number {
    return this.#listening.port ?? 0;
  }

  /**
   * Reads the files anew and shows what is in them to whoever connects from now on. Answers why not, and changes nothing,
   * where they don't belong together. Throws where the port can't be taken again.
   */
  renew(paths: CertificatePaths): string | null {
    const read = readCertificate(paths);
    if (!read.ok) return Object.values(read.faults).join("; ");
    const former = this.#listening;
    const port = this.port;
    this.#listening = this.#web.listen(port, { cert: read.cert, key: read.key }, () => {
      this.#former.add(former);
      void former.stop().then(() => this.#former.delete(former));
    });
    return null;
  }

  publish(topic: string, frame: string): void {
    this.#listening.publish(topic, frame);
    if (this.#former.size > 0) for (const server of this.#former) server.publish(topic, frame);
  }

  /** To all but this socket, which is subscribed. */
  publishBut(socket: LeftOut, topic: string, frame: string): void {
    // A socket publishes to all of its own server but itself.
    if (this.#former.size === 0) return void socket.publish(topic, frame);
    socket.unsubscribe(topic);
    this.publish(topic, frame);
    socket.subscribe(topic);
  }

  subscriberCount(topic: string): number {
    let count = this.#listening.subscriberCount(topic);
    if (this.#former.size > 0) for (const server of this.#former) count += server.subscriberCount(topic);
    return count;
  }

  /** Takes no more; settles when what was taken is answered, or, by force, at once. */
  async stop(by_force = false): Promise<void> {
    await Promise.all([this.#listening, ...this.#former].map((server) => server.stop(by_force)));
  }
}
