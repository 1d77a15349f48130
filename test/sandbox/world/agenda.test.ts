import { array, assert, constant, integer, oneof, property, record } from 'fast-check';
import { expect, it } from 'vitest';
import { Agenda } from '../../../sandbox/world/agenda.ts';
import type { AgendaItem } from '../../../sandbox/world/world.ts';

const step = oneof(
  record({ do: constant('add' as const), at: integer({ min: 0, max: 20 }) }),
  record({ do: constant('cancel' as const), at: integer({ min: 1, max: 40 }) }),
  record({ do: constant('take' as const), at: constant(0) }),
);

it('is a list that is sorted after every step, whatever is added, cancelled and taken', () => {
  assert(
    property(array(step, { maxLength: 80 }), (steps) => {
      const agenda = new Agenda();
      let model: AgendaItem[] = [];
      let nextId = 1;
      for (const { do: action, at } of steps) {
        if (action === 'add') {
          const item = { id: nextId, at, kind: 'k', payload: null };
          nextId += 1;
          agenda.add(item);
          model = [...model, item].sort((a, b) => a.at - b.at || a.id - b.id);
        } else if (action === 'cancel') {
          expect(agenda.cancel(at)).toBe(model.some((item) => item.id === at));
          model = model.filter((item) => item.id !== at);
        } else {
          expect(agenda.take()).toEqual(model.shift() ?? null);
        }
        expect(agenda.first()).toEqual(model[0] ?? null);
        expect(agenda.items()).toEqual(model);
      }
    }),
  );
});
