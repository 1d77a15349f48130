{{/* The pod of one role: `root`, `role`, and `own`, the role's values. */}}
{{- define "postroute.pod" -}}
{{- $root := .root -}}
{{- with .root -}}
serviceAccountName: {{ include "postroute.serviceAccountName" . }}
automountServiceAccountToken: false
# A pod is not told of every Service around it by environment variables, which could be taken for settings.
enableServiceLinks: false
# Grace: {{ .Values.preStopSeconds }} s until nobody sends anything new, shutdown.timeoutSeconds for the stop, 5 s to be collected.
terminationGracePeriodSeconds: {{ include "postroute.graceSeconds" . }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.topologySpread.enabled }}
topologySpreadConstraints:
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: {{ $root.Values.topologySpread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "postroute.selectorLabels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ $.role }}
    # Each version is spread by itself; otherwise an update's first pods all go where the old ones are not.
    matchLabelKeys:
      - pod-template-hash
  {{- end }}
{{- end }}
initContainers:
  # Looks at the settings, all problems at once, and brings the database to this version's schema while the old pods work on. Whoever comes second waits.
  - name: migrate
    args: ["service/migrate.ts"]
    {{- include "postroute.container" . | nindent 4 }}
    env:
      {{- include "postroute.env" (dict "root" . "role" $.role) | nindent 6 }}
    resources:
      {{- toYaml $.own.resources | nindent 6 }}
containers:
  - name: postroute
    args: ["service/main.ts"]
    {{- include "postroute.container" . | nindent 4 }}
    env:
      {{- include "postroute.env" (dict "root" . "role" $.role) | nindent 6 }}
    ports:
      - name: http
        containerPort: {{ .Values.settings.http.port }}
        protocol: TCP
      - name: metrics
        containerPort: {{ .Values.settings.metrics.port }}
        protocol: TCP
    {{- include "postroute.probes" . | nindent 4 }}
    lifecycle:
      preStop:
        sleep:
          seconds: {{ .Values.preStopSeconds }}
    resources:
      {{- toYaml $.own.resources | nindent 6 }}
volumes:
  - name: settings
    configMap:
      name: {{ include "postroute.fullname" . }}
  {{- include "postroute.secretVolumes" . | trim | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What both containers share. */}}
{{- define "postroute.container" -}}
image: {{ include "postroute.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: ["ALL"]
volumeMounts:
  - name: settings
    mountPath: /etc/postroute/settings
    readOnly: true
  {{- range include "postroute.secretVolumes" . | fromYamlArray }}
  - name: {{ .name }}
    mountPath: /etc/postroute/{{ .name }}
    readOnly: true
  {{- end }}
{{- end -}}

{{- define "postroute.env" -}}
{{- $root := .root -}}
{{- $env := list
  (dict "name" "CONFIG_FILES" "value" "/etc/postroute/settings/settings.json")
  (dict "name" "ROLES" "value" .role)
  (dict "name" "SENTRY_ENVIRONMENT" "value" $root.Values.partition)
-}}
{{- range $file, $secret := include "postroute.secrets" $root | fromJson -}}
{{- $path := include "postroute.secretPath" (dict "file" $file "secret" $secret "source" $root.Values.secretStore.source) -}}
{{- $env = append $env (dict "name" $secret.env "value" $path) -}}
{{- end -}}
{{- concat $env $root.Values.extraEnv | toYaml -}}
{{- $seen := dict -}}
{{- range concat $env $root.Values.extraEnv -}}
{{- if hasKey $seen .name -}}{{- fail (printf "extraEnv: %s is there already" .name) -}}{{- end -}}
{{- $_ := set $seen .name true -}}
{{- end -}}
{{- end -}}

{{/* Readiness looks at database, migrations and registry; liveness only at the event loop, since a restart mends no database. */}}
{{- define "postroute.probes" -}}
startupProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: {{ include "postroute.startupProbes" . }}
readinessProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
livenessProbe:
  httpGet: { path: /livez, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
{{- end -}}
