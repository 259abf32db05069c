/**
 * Whether a page of another site had the browser send a request that changes something: by `Sec-Fetch-Site`, and where a
 * browser does not send that (over plain HTTP), by `Origin`. What sends neither is no browser. The rules are those of Go's
 * [`CrossOriginProtection`](https://pkg.go.dev/net/http#CrossOriginProtection).
 *
 * @param trusted origins whose pages may; `'*'` names nobody
 */
export function isFromAnotherSite(
  { headers, url }: Pick<Request, 'headers' | 'url'>,
  trusted: string | readonly string[] = [],
): boolean {
  const origin = headers.get('origin');
  if (origin !== null && [trusted].flat().includes(origin)) return false;
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  if (origin === null) return false;
  // Its host alone, since a proxy that ends TLS leaves `http:` in our URL.
  const host = headers.get('host') ?? new URL(url).host;
  return !URL.canParse(origin) || new URL(origin).host !== host.toLowerCase();
}
