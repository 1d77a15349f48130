{{/*
Where each secret comes from, as JSON: file name → { env, entry, from: store | existing, secret }. A file's name is its setting's path; `env` names the
file to the service. What the store has an entry for, the store gives; the rest is in the Secrets that are there already.
*/}}
{{- define "postroute.secrets" -}}
{{- $values := .Values -}}
{{- $given := ne $values.secretStore.source "none" -}}
{{- $all := dict -}}
{{- range list
  (list "databaseUrl" "DATABASE_URL_FILE" "databaseUrl" $values.existingSecret "existingSecret")
  (list "postmark.accountToken.json" "EMAIL_POSTMARK_ACCOUNT_TOKEN_FILE" "postmarkAccountToken" $values.existingSecret "existingSecret")
  (list "webhook.signingKey.json" "EMAIL_WEBHOOK_SIGNING_KEY_FILE" "webhookSigningKey" $values.existingSecret "existingSecret")
  (list "sentry.dsn" "SENTRY_DSN_FILE" "sentryDsn" $values.existingSecret "existingSecret")
  (list "apiKey.json" "ARDA_API_KEY_FILE" "apiKeys" $values.apiKey.existingSecret "apiKey.existingSecret")
  (list "materialRegistry.json" "EMAIL_MATERIAL_REGISTRY_FILE" "materialRegistry" $values.material.existingSecret "material.existingSecret")
-}}
{{- $entry := get $values.secretStore (index . 2) -}}
{{- if and $given $entry -}}
{{- $_ := set $all (index . 0) (dict "env" (index . 1) "entry" $entry "from" "store") -}}
{{- else if index . 3 -}}
{{- $_ := set $all (index . 0) (dict "env" (index . 1) "secret" (index . 3) "from" "existing") -}}
{{- else if ne (index . 0) "sentry.dsn" -}}
{{- fail (printf "%s has no source: give %s, or secretStore.%s with a secretStore.source" (index . 0) (index . 4) (index . 2)) -}}
{{- end -}}
{{- end -}}
{{- toJson $all -}}
{{- end -}}

{{- define "postroute.storeName" -}}
{{- printf "%s-store" (include "postroute.fullname" .) -}}
{{- end -}}

{{/* With CSI the store's files are a volume of their own; all others are one projected volume. */}}
{{- define "postroute.secretPath" -}}
{{- $folder := ternary "store" "secrets" (and (eq .secret.from "store") (eq .source "csi")) -}}
{{- printf "/etc/postroute/%s/%s" $folder .file -}}
{{- end -}}

{{- define "postroute.secretVolumes" -}}
{{- $secrets := include "postroute.secrets" . | fromJson -}}
{{- $store := include "postroute.storeName" . -}}
{{- $csi := eq .Values.secretStore.source "csi" -}}
{{- $sources := dict -}}
{{- range $file, $secret := $secrets -}}
{{- if not (and $csi (eq $secret.from "store")) -}}
{{- $name := ternary $store (default "" $secret.secret) (eq $secret.from "store") -}}
{{- $_ := set $sources $name (append (default list (get $sources $name)) (dict "key" $file "path" $file)) -}}
{{- end -}}
{{- end -}}
{{- if $sources }}
- name: secrets
  projected:
    # 0440: the owner's group may read, which is the pod's fsGroup.
    defaultMode: 288
    sources:
      {{- range $name, $items := $sources }}
      {{- $sentry := list }}
      {{- $needed := list }}
      {{- range $items }}
      {{- if and (eq .key "sentry.dsn") (ne $name $store) }}{{ $sentry = append $sentry . }}{{ else }}{{ $needed = append $needed . }}{{ end }}
      {{- end }}
      {{- with $needed }}
      - secret:
          name: {{ $name }}
          items:
            {{- toYaml . | nindent 12 }}
      {{- end }}
      {{- with $sentry }}
      # Reporting to Sentry is a choice: without this key the pod starts all the same.
      - secret:
          name: {{ $name }}
          optional: true
          items:
            {{- toYaml . | nindent 12 }}
      {{- end }}
      {{- end }}
{{- end }}
{{- if and $csi (include "postroute.storeEntries" .) }}
- name: store
  csi:
    driver: secrets-store.csi.k8s.io
    readOnly: true
    volumeAttributes:
      secretProviderClass: {{ $store }}
{{- end }}
{{- end -}}

{{/* File names that the store gives, one a line; empty when it gives none. */}}
{{- define "postroute.storeEntries" -}}
{{- range $file, $secret := include "postroute.secrets" . | fromJson -}}
{{- if eq $secret.from "store" }}{{ $file }}
{{ end -}}
{{- end -}}
{{- end -}}
