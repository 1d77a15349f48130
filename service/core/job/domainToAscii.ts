/** A domain in its A-label form (`bücher.example` → `xn--bcher-kva.example`), by the WHATWG host parser; null when it is none. */
export const domainToAscii = (domain: string): string | null => {
  // The host parser also takes IPv4 literals, ports, user info and percent escapes: none of these is a mail domain.
  if (domain === '' || /[\s%:/?#@[\]\\]/.test(domain)) return null;
  try {
    const { hostname } = new URL(`http://${domain}/`);
    return /^[\d.]+$/.test(hostname) ? null : hostname;
  } catch {
    return null;
  }
};
