{{/*
The tree of settings that a pod reads as a file, secrets excepted. What the chart itself reads (ports, the time for a stop) it reads from the very same
values, so that a pod and its Service, probes and grace period cannot disagree.
*/}}
{{- define "postroute.settings" -}}
{{- $ours := dict
  "partition" .Values.partition
  "http" (dict "host" "0.0.0.0")
  "mailZone" .Values.mailZone
  "webhook" (dict "publicUrl" .Values.webhook.publicUrl)
  "aws" (dict "region" .Values.aws.region)
  "routes" .Values.routes
  "drift" .Values.drift
-}}
{{- $all := mergeOverwrite (deepCopy .Values.settings) $ours -}}
{{- $retention := (mergeOverwrite (include "postroute.defaults" . | fromJson) (deepCopy $all)).retention -}}
{{- if or (lt ($retention.jobDays | int) ($retention.payloadDays | int)) (lt ($retention.jobDays | int) ($retention.idempotencyKeyDays | int)) -}}
{{- fail "settings.retention.jobDays: must be at least retention.payloadDays and retention.idempotencyKeyDays" -}}
{{- end -}}
{{- if eq ($all.http.port | int) ($all.metrics.port | int) -}}
{{- fail "settings.metrics.port: is the port of the API, settings.http.port" -}}
{{- end -}}
{{- dict "modules.v1.shop-access.email.extras" $all | toPrettyJson -}}
{{- end -}}

{{/* kubelet counts from the moment a pod is told to go: the wait before the stop, the stop, and what a process needs to be collected. */}}
{{- define "postroute.graceSeconds" -}}
{{- add .Values.preStopSeconds (.Values.settings.shutdown.timeoutSeconds | ceil | int) 5 -}}
{{- end -}}

{{/* Up to here a start may take: the database's own limit, two rounds of KMS for the registry, and loading the code on a busy node. */}}
{{- define "postroute.startupProbes" -}}
{{- $settings := mergeOverwrite (include "postroute.defaults" . | fromJson) (deepCopy .Values.settings) -}}
{{- div (add 45 (mul 2 ($settings.aws.timeoutSeconds | ceil | int))) 3 -}}
{{- end -}}
