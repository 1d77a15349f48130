/**
 * The page on the control port, its modules and a message's HTML.
 *
 * Guarantee: nothing is loaded from elsewhere, and what a message brings along runs no script, opens nothing and reaches nothing: it is served
 * for a frame without an origin, under a policy that allows inline styles and data images alone.
 */
import { readFileSync } from 'node:fs';
import { InputError } from '../world/inputError.ts';
import type { Control } from './controlRoutes.ts';
import { inboxHtml } from './inboxMail.ts';

export type Page = { status: number; headers: Readonly<Record<string, string>>; body: string };

const files: Readonly<Record<string, string>> = {
  '/': 'index.html',
  '/inbox/inbox.css': 'inbox.css',
  '/inbox/main.js': 'main.js',
  '/inbox/api.js': 'api.js',
  '/inbox/dom.js': 'dom.js',
  '/inbox/messages.js': 'messages.js',
  '/inbox/calls.js': 'calls.js',
  '/inbox/account.js': 'account.js',
  '/inbox/switches.js': 'switches.js',
};

const htmlPath = '/inbox/html';

export const pagePaths: readonly string[] = ['/', htmlPath];

const types: Readonly<Record<string, string>> = { html: 'text/html', css: 'text/css', js: 'text/javascript' };

const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const messagePolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

const headers = (type: string, policy: string) => ({
  'content-type': `${type}; charset=utf-8`,
  'content-security-policy': policy,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
});

async function messagePage(control: Control, url: URL): Promise<Page> {
  try {
    const html = await inboxHtml(control, url.searchParams.get('id') ?? '');
    return { status: 200, headers: headers('text/html', messagePolicy), body: html };
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    return { status: 404, headers: headers('text/plain', messagePolicy), body: cause.message };
  }
}

/** Null for a path that is no part of the page. */
export async function pageAt(control: Control, method: string, url: URL): Promise<Page | null> {
  if (method !== 'GET') return null;
  if (url.pathname === htmlPath) return messagePage(control, url);
  const file = Object.hasOwn(files, url.pathname) ? files[url.pathname] : undefined;
  if (file === undefined) return null;
  const type = types[file.slice(file.lastIndexOf('.') + 1)] ?? 'text/plain';
  return { status: 200, headers: headers(type, pagePolicy), body: readFileSync(new URL(`../inbox/${file}`, import.meta.url), 'utf8') };
}
