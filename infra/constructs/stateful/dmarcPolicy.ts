/**
 * Nothing is sent from the apex, so what claims to be is refused. Tenants' domains below it sign with DKIM of their own and are quarantined when that
 * fails, because a mailing list may have broken it; a name that does not exist is nobody's (`np`, RFC 9091). Alignment is relaxed: the Return-Path is
 * `pm-bounces.` below the sending domain.
 */
export function dmarcPolicy(reports: string | null): string {
  const policy = 'v=DMARC1; p=reject; sp=quarantine; np=reject; adkim=r; aspf=r';
  return reports === null ? policy : `${policy}; rua=mailto:${reports}`;
}
