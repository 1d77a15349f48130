import { type SyntaxFault, type Token, tokenize } from './tokenize.ts';

export type Leaf =
  | { kind: 'text'; text: string }
  | { kind: 'value'; path: readonly string[]; name: string; escaped: boolean }
  | { kind: 'content' };
export type Block = { kind: 'each' | 'section' | 'inverted'; path: readonly string[]; name: string; inner: Node[] };
export type Node = Leaf | Block;

export type Parsed = { nodes: Node[]; faults: SyntaxFault[]; contentCount: number };

/** Far beyond any template that a person writes; keeps the walks over a tree off the end of the stack. */
const depthMax = 32;

/** `../` goes up; a lone dot is where one stands. */
const partsOf = (path: string): string[] => path.match(/\.\.[\\/]|[^.]+/g) ?? [];

/** Without faults the tokens are balanced: the tokenizer has seen to it. */
function treeOf(tokens: readonly Token[]): Node[] | null {
  const root: Node[] = [];
  const open: Node[][] = [root];
  for (const token of tokens) {
    const nodes = open.at(-1) ?? root;
    if (token.kind === 'close') open.pop();
    else if (token.kind === 'text' || token.kind === 'content') nodes.push(token);
    else if (token.kind === 'value') nodes.push({ ...token, path: partsOf(token.path), name: token.path });
    else {
      const block: Block = { kind: token.kind, path: partsOf(token.path), name: token.path, inner: [] };
      nodes.push(block);
      open.push(block.inner);
      if (open.length > depthMax) return null;
    }
  }
  return root;
}

export function parseTemplate(source: string): Parsed {
  const { tokens, faults } = tokenize(source);
  const contentCount = tokens.filter(({ kind }) => kind === 'content').length;
  if (faults.length > 0) return { nodes: [], faults, contentCount };
  const nodes = treeOf(tokens);
  if (nodes !== null) return { nodes, faults, contentCount };
  return {
    nodes: [],
    faults: [{ Message: `Blocks are nested deeper than ${depthMax} levels.`, Line: 1, CharacterPosition: 1 }],
    contentCount,
  };
}

/** A layout with its template put in where it says. */
export const withContent = (layout: readonly Node[], content: readonly Node[]): Node[] =>
  layout.flatMap((node) => {
    if (node.kind === 'content') return [...content];
    return 'inner' in node ? [{ ...node, inner: withContent(node.inner, content) }] : [node];
  });
