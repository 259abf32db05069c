import { createHash, timingSafeEqual } from 'node:crypto';
import { isFromAnotherSite } from './http/cross-site.js';
import { HttpError } from './http/http-error.js';
import type { AdminOptions, CorsOptions } from './options.js';

/** Stands before everything that changes what is loaded. */
export class AdminGuard {
  readonly #options: AdminOptions | undefined;
  readonly #cors: CorsOptions | undefined;
  readonly #digest: Buffer | undefined;

  /** @param cors the origins whose pages may ask for what `authorize` lets through */
  constructor(options: AdminOptions | undefined, cors?: CorsOptions) {
    this.#options = options;
    this.#cors = cors;
    if (options?.token !== undefined) this.#digest = digestOf(options.token);
  }

  /** Whether there is anyone who may. */
  get isOn(): boolean {
    return this.#options !== undefined;
  }

  /** @throws HttpError 403 where there is no admin at all or another site's page asks, 401 where this request is not by one */
  async check(request: Request): Promise<void> {
    if (this.#options === undefined) {
      throw new HttpError(
        403,
        'Loading and unloading over HTTP is off: it needs the `admin` option, or `--admin-token` of `warmset serve`.',
      );
    }
    if (this.#hasToken(request.headers.get('authorization'))) return;
    // What a browser sends along by itself, a cookie say, says nothing of who wants it. A token it does not send by itself.
    if (this.#options.authorize !== undefined && isFromAnotherSite(request, this.#cors?.origin)) {
      throw new HttpError(403, 'A page of another site may not load or unload models.');
    }
    if (await this.#isAuthorized(request)) return;
    throw new HttpError(401, 'This needs an admin: send `Authorization: Bearer <token>`.', {
      headers: { 'www-authenticate': 'Bearer realm="warmset"' },
    });
  }

  #hasToken(authorization: string | null): boolean {
    const sent = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (this.#digest === undefined || sent === undefined) return false;
    // Digests are of one length, so that neither the time nor an error tells about the token's.
    return timingSafeEqual(digestOf(sent), this.#digest);
  }

  async #isAuthorized(request: Request): Promise<boolean> {
    if (this.#options?.authorize === undefined) return false;
    try {
      return (await this.#options.authorize(request)) === true;
    } catch {
      return false;
    }
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
