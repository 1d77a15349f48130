# syntax=docker/dockerfile:1
# One image, two roles (ROLES=api, worker): node service/main.ts; before a version's first process, node service/migrate.ts.
# An operator's commands are in it too: node console/main.ts list.
#
# The last stage has Node, the code and what package-lock.json names without development's part: no shell, no package manager, no compiler, nobody is root.
# A test takes these lines at their word in an empty folder and starts the service there; another compares ports and user with the chart.

ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-trixie-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM dependencies AS code
COPY config ./config
COPY service ./service
COPY console ./console
# Types are stripped and code is compiled here and not at each start, which halves it; at run time nothing is written.
RUN NODE_COMPILE_CACHE=/app/.code-cache node --disable-warning=ExperimentalWarning --input-type=module --eval "await Promise.all(['./service/main.ts', './console/run.ts', '@sentry/core', '@sentry/core/server'].map((name) => import(name)))"

FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=dependencies /usr/local/bin/node /usr/local/bin/node
COPY --from=code /app /app
WORKDIR /app
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.code-cache
USER 65532:65532
EXPOSE 8889 9090
ENTRYPOINT ["/usr/local/bin/node", "--disable-warning=ExperimentalWarning"]
CMD ["service/main.ts"]
