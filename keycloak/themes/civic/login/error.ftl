<#import "template.ftl" as layout>
<@layout.registrationLayout displayMessage=false; section>
  <#if section = "header">
    ${msg("errorTitle")}
  <#elseif section = "form">
    <p class="kern-body" id="kc-error-message">${kcSanitize(message.summary)?no_esc}</p>
    <#if traceId??>
    <p class="kern-body" id="traceId">${msg("traceIdSupportMessage", traceId)}</p>
    </#if>
    <#if !skipLink?? && (client.baseUrl)?has_content>
    <p><a class="kern-btn kern-btn--primary" id="backToApplication" href="${client.baseUrl}"><span class="kern-label">${msg("backToPortal")}</span></a></p>
    </#if>
  </#if>
</@layout.registrationLayout>
