<#-- Fields of KERN: label above, hint below it, the error at the field and tied to it. -->
<#macro field name label type="text" value="" error="" hint="" autocomplete="off" autofocus=false spelled=false>
<div class="kern-form-input<#if error?has_content> kern-form-input--error</#if>">
  <label class="kern-label" for="${name}">${label}</label>
  <#if hint?has_content>
  <div class="kern-hint" id="hint-${name}">${hint}</div>
  </#if>
  <#if type == "password">
  <div class="reveal">
    <@input name=name type=type value="" error=error hint=hint autocomplete=autocomplete autofocus=autofocus/>
    <button class="kern-btn kern-btn--tertiary reveal__button" type="button" aria-label="${msg("showPassword")}" aria-controls="${name}" data-password-toggle
      data-icon-show="kern-icon kern-icon--visibility" data-icon-hide="kern-icon kern-icon--visibility-off"
      data-label-show="${msg("showPassword")}" data-label-hide="${msg("hidePassword")}"><span class="kern-icon kern-icon--visibility" aria-hidden="true"></span></button>
  </div>
  <#else>
  <@input name=name type=type value=value error=error hint=hint autocomplete=autocomplete autofocus=autofocus/>
  </#if>
  <#if error?has_content>
  <p class="kern-error" id="error-${name}"><span class="kern-icon kern-icon--danger" aria-hidden="true"></span><span class="kern-body">${kcSanitize(error)?no_esc}</span></p>
  </#if>
</div>
</#macro>

<#macro input name type value error hint autocomplete autofocus>
<#local described = (hint?has_content?then("hint-" + name, "") + " " + error?has_content?then("error-" + name, ""))?trim>
<input class="kern-form-input__input<#if error?has_content> kern-form-input__input--error</#if>" id="${name}" name="${name}" type="${type}" value="${value}"
  autocomplete="${autocomplete}" autocapitalize="none" spellcheck="false" dir="ltr" aria-required="true"<#if described?has_content> aria-describedby="${described}"</#if><#if error?has_content> aria-invalid="true"</#if><#if autofocus> autofocus</#if>>
</#macro>

<#macro send text id="kc-login" name="login">
<div class="kern-btn-wrapper">
  <button class="kern-btn kern-btn--primary" type="submit" id="${id}" name="${name}"><span class="kern-label">${text}</span></button>
</div>
</#macro>

<#macro revealing>
<script type="module" src="${url.resourcesPath}/js/passwordVisibility.js"></script>
</#macro>
