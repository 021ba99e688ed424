# The one image of server and router: `swarmplane server`, `swarmplane router`. docs/deployment.md tells how it is built,
# with and without a registry.
ARG BASE=debian:12-slim
ARG BUILDER=node:24-slim

# What becomes /app, made from the sources. There are none where the base brings /app along (`npm run image`, without a
# registry).
FROM ${BUILDER} AS build
WORKDIR /build
COPY . .
RUN mkdir /made && if [ -d src ]; then \
      npm ci && npm run build && npm run sbom && npm prune --omit=dev --omit=optional && \
      mv package.json node_modules dist sbom /made/; \
    fi

FROM ${BASE}
RUN command -v haproxy >/dev/null || { \
      apt-get update && \
      apt-get install -y --no-install-recommends ca-certificates haproxy && \
      rm -rf /var/lib/apt/lists/*; \
    }
# What is written goes to where mounts can be; all else may be read-only. A server that runs as root, without root's
# capabilities, writes there by its group. A tmpfs gets the mode of the directory below it, but root for an owner.
RUN echo 'swarmplane:x:10001:10001::/var/lib/swarmplane:/bin/sh' >>/etc/passwd && \
    echo 'swarmplane:x:10001:' >>/etc/group && \
    mkdir -p -m 770 /var/lib/swarmplane /var/lib/swarmplane-router && \
    chown 10001:0 /var/lib/swarmplane /var/lib/swarmplane-router && \
    mkdir -p -m 1777 /run/swarmplane-router
# Nobody becomes another user here.
RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} +
COPY docker/swarmplane /usr/local/bin/swarmplane
COPY --from=build /made /app

# Nobody else is on the loopback of a container.
ENV SWARMPLANE_HOST=0.0.0.0 SWARMPLANE_DATA_DIR=/var/lib/swarmplane
WORKDIR /app
USER 10001:10001
EXPOSE 7400 8080 8443
ENTRYPOINT ["swarmplane"]
CMD ["server"]
HEALTHCHECK --interval=5s --timeout=10s --start-period=30s --retries=6 CMD ["swarmplane", "health"]

ARG VERSION=dev
LABEL org.opencontainers.image.title="Swarmplane" \
      org.opencontainers.image.description="The control plane for Docker Swarm overlay networking, and its HTTP router" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
