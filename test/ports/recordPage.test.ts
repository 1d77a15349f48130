/** The record sets of a page are read from its text as the SDK reads them; what does not look as Route 53 writes it is left to the SDK. */
import { describe, expect, it } from 'vitest';
import { readRecordPage } from '../../service/ports/recordPage.ts';

const page = (sets: string): string =>
  `<?xml version="1.0"?>\n<ListResourceRecordSetsResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ResourceRecordSets>${sets}</ResourceRecordSets>` +
  '<IsTruncated>true</IsTruncated><NextRecordName>next.example.com.</NextRecordName><MaxItems>300</MaxItems></ListResourceRecordSetsResponse>';

const set = (name: string, type: string, values: readonly string[], more = ''): string =>
  `<ResourceRecordSet><Name>${name}</Name><Type>${type}</Type>${more}<TTL>300</TTL><ResourceRecords>` +
  `${values.map((value) => `<ResourceRecord><Value>${value}</Value></ResourceRecord>`).join('')}</ResourceRecords></ResourceRecordSet>`;

const recordsOf = (sets: string) => readRecordPage(page(sets))?.records ?? null;

describe('a page of records', () => {
  it('gives TXT and CNAME records with their values decoded, and says where the list goes on', () => {
    const text = page(
      set('Pm._domainkey.acme.example.com.', 'TXT', ['&quot;k=rsa;&quot; &quot;p=A&amp;B\\303\\251&quot;', '&#34;&#x27;two&apos;&#34;']) +
        set('\\052.example.com.', 'CNAME', ['PM.mtasv.net.']),
    );
    expect(readRecordPage(text)?.records).toEqual([
      { name: 'pm._domainkey.acme.example.com', type: 'TXT', ttl: 300, values: ['k=rsa;p=A&Bé', "'two'"] },
      { name: '*.example.com', type: 'CNAME', ttl: 300, values: ['pm.mtasv.net'] },
    ]);
    expect(readRecordPage(text)?.rest).toBe(page(''));
  });

  it('leaves out other types and aliases, and an empty list is no records', () => {
    const alias =
      '<ResourceRecordSet><Name>a.example.com.</Name><Type>CNAME</Type><AliasTarget><DNSName>b.</DNSName></AliasTarget></ResourceRecordSet>';
    expect(recordsOf(set('example.com.', 'NS', ['ns-1.']) + alias + set('example.com.', 'SOA', ['x']))).toEqual([]);
    expect(recordsOf('')).toEqual([]);
  });

  it('reads an answer that is laid out over lines', () => {
    const laidOut = page(set('a.example.com.', 'TXT', ['&quot;x&quot;'])).replaceAll('><', '>\n  <');
    expect(readRecordPage(laidOut)?.records).toEqual([{ name: 'a.example.com', type: 'TXT', ttl: 300, values: ['x'] }]);
  });

  it.each([
    ['no list', '<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>'],
    ['an empty element in place of a list', page('').replace('<ResourceRecordSets></ResourceRecordSets>', '<ResourceRecordSets/>')],
    [
      'a set with an attribute',
      page(set('a.', 'TXT', ['x']) + set('b.', 'TXT', ['y']).replace('<ResourceRecordSet>', '<ResourceRecordSet id="1">')),
    ],
    ['a set that breaks off', page(`${set('a.', 'TXT', ['x'])}<ResourceRecordSet><Name>b.</Name>`)],
    ['a name with an attribute', page(set('a.', 'TXT', ['x']).replace('<Name>', '<Name x="1">'))],
    ['a TTL that is no number', page(set('a.', 'TXT', ['x']).replace('300', 'soon'))],
    ['a record without values', page(set('a.', 'TXT', []))],
    ['a comment', page(`<!-- ${set('a.', 'TXT', ['x'])} -->`)],
    ['a CDATA section', page(set('a.', 'TXT', ['<![CDATA[x]]>']))],
  ])('with %s is not for this reader', (_, text) => {
    expect(readRecordPage(text)).toBeNull();
  });
});
