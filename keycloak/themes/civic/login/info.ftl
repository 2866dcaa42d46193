<#import "template.ftl" as layout>
<@layout.registrationLayout displayMessage=false; section>
  <#if section = "header">
    <#if messageHeader??>${kcSanitize(msg("${messageHeader}"))?no_esc}<#else>${kcSanitize(message.summary)?no_esc}</#if>
  <#elseif section = "form">
    <#if messageHeader??>
    <p class="kern-body" id="kc-info-message">${kcSanitize(message.summary)?no_esc}</p>
    </#if>
    <#if requiredActions??>
    <ul class="kern-list kern-list--bullet">
      <#list requiredActions as action>
      <li>${kcSanitize(msg("requiredAction.${action}"))?no_esc}</li>
      </#list>
    </ul>
    </#if>
    <#if !skipLink??>
      <#if pageRedirectUri?has_content>
      <p><a class="kern-btn kern-btn--primary" href="${pageRedirectUri}"><span class="kern-label">${msg("backToPortal")}</span></a></p>
      <#elseif actionUri?has_content>
      <p><a class="kern-btn kern-btn--primary" href="${actionUri}"><span class="kern-label">${msg("proceed")}</span></a></p>
      <#elseif (client.baseUrl)?has_content>
      <p><a class="kern-btn kern-btn--primary" href="${client.baseUrl}"><span class="kern-label">${msg("backToPortal")}</span></a></p>
      </#if>
    </#if>
  </#if>
</@layout.registrationLayout>
