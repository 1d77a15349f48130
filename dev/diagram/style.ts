/** How the diagram looks on light and on dark paper. Graphviz draws with stand-in colours; each becomes a class, and the classes follow the reader's scheme. */

/** Colours that nothing else in the drawing has. */
export const standIns = { ink: '#010101', muted: '#010102', signal: '#010103', effect: '#010104' } as const;

const css = `
svg { --paper: #ffffff; --ink: #1f2328; --muted: #59636e; --line: #6e7781; --box: #ffffff; --region: #f6f8fa; --inner: #eaeef2; --edge: #d1d9e0; --signal: #0550ae; --effect: #116329; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0d1117; --ink: #e6edf3; --muted: #9198a1; --line: #848d97; --box: #0d1117; --region: #151b23; --inner: #212830; --edge: #3d444d; --signal: #79c0ff; --effect: #7ee787; }
}
.paper { fill: var(--paper); }
text, text.ink { fill: var(--ink); }
text.muted { fill: var(--muted); }
text.signal { fill: var(--signal); }
text.effect { fill: var(--effect); }
.node path, .node polygon { fill: var(--box); stroke: var(--line); }
.node.note path { fill: none; }
.node.start ellipse { fill: var(--ink); stroke: var(--ink); }
.cluster path, .cluster polygon { stroke: var(--edge); }
.cluster.region path, .cluster.region polygon { fill: var(--region); }
.cluster.inner path, .cluster.inner polygon { fill: var(--inner); }
.edge path { stroke: var(--line); fill: none; }
.edge polygon { stroke: var(--line); fill: var(--line); }
.edge.signal path { stroke: var(--signal); }
.edge.signal polygon { stroke: var(--signal); fill: var(--signal); }
`;

/** Graphviz's drawing without its own colours, its comments (they name its version) and its document type. */
export const styled = (drawing: string): string => {
  const start = drawing.indexOf('<svg');
  const coloured = Object.entries(standIns).reduce(
    (svg, [name, colour]) => svg.replaceAll(`fill="${colour}"`, `class="${name}"`),
    drawing.slice(start),
  );
  return (
    coloured
      .replaceAll(/<!--[\s\S]*?-->\n?/g, '')
      .replaceAll(/<title>[\s\S]*?<\/title>\n?/g, '')
      // Pixels: in points it would be a third larger than its letters need.
      .replace(/width="(\d+)pt" height="(\d+)pt"/, 'width="$1" height="$2"')
      .replace(
        /(<svg[^>]*>)/,
        `$1\n<title>The lifecycle of an EmailConfiguration</title>\n<style>${css}</style>\n<rect class="paper" width="100%" height="100%"/>`,
      )
  );
};
