/** Who opened a message or followed one of its links: what an event made by hand may say, and what is assumed when it does not. */
import type { Json } from '../../world/world.ts';

export type Software = { Name: string; Company: string; Family: string };
export type Geo = {
  CountryISOCode: string;
  Country: string;
  RegionISOCode: string;
  Region: string;
  City: string;
  Zip: string;
  Coords: string;
  IP: string;
};

export const platforms = ['WebMail', 'Desktop', 'Mobile', 'Unknown'] as const;
export type Platform = (typeof platforms)[number];

export type Reader = { Client: Software; OS: Software; Platform: Platform; UserAgent: string; Geo: Geo };

/** As in Postmark's own examples. */
const assumed: Reader = {
  Client: { Name: 'Chrome 35.0.1916.153', Company: 'Google', Family: 'Chrome' },
  OS: { Name: 'OS X 10.7 Lion', Company: 'Apple Computer, Inc.', Family: 'OS X 10' },
  Platform: 'WebMail',
  UserAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_7_5) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/35.0.1916.153 Safari/537.36',
  Geo: {
    CountryISOCode: 'RS',
    Country: 'Serbia',
    RegionISOCode: 'VO',
    Region: 'Autonomna Pokrajina Vojvodina',
    City: 'Novi Sad',
    Zip: '21000',
    Coords: '45.2517,19.8369',
    IP: '192.0.2.44',
  },
};

export type ReaderInput = {
  client?: Partial<Software>;
  os?: Partial<Software>;
  platform?: Platform;
  userAgent?: string;
  geo?: Partial<Geo>;
};

/** Of what is said in part, the rest is empty: half of an assumption would be a third reader. */
const software = (given: Partial<Software> | undefined, otherwise: Software): Software =>
  given === undefined ? otherwise : { Name: '', Company: '', Family: '', ...given };

const noGeo: Geo = { CountryISOCode: '', Country: '', RegionISOCode: '', Region: '', City: '', Zip: '', Coords: '', IP: '' };

export const readerOf = (input: ReaderInput): Reader => ({
  Client: software(input.client, assumed.Client),
  OS: software(input.os, assumed.OS),
  Platform: input.platform ?? assumed.Platform,
  UserAgent: input.userAgent ?? assumed.UserAgent,
  Geo: input.geo === undefined ? assumed.Geo : { ...noGeo, ...input.geo },
});

export const readerFields = (reader: Reader): { [field: string]: Json } => ({ ...reader });
